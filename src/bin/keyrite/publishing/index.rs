//! The page about what is published: for whoever wants to verify that a root is the root.

use keyrite::authority::publication::{Publication, fingerprint};
use keyrite::store::{Ca, CaName, Store};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::time::Time;

use super::manifest::{Answers, File, Manifest};
use crate::failure::Failure;
use crate::html::{Edge, Html, Node, Tree};

/// Writes it.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
pub(super) fn page(
    store: &Store,
    publication: &Publication,
    manifest: &Manifest,
    now: Time,
) -> Result<String, Failure> {
    let cas: Vec<(Ca, Certificate)> =
        store.cas()?.into_iter().filter_map(|ca| Some((ca.clone(), ca.certificate?))).collect();
    let tree = tree(store, &cas, now)?;
    Ok(Html::page("Certification authorities", |html| {
        html.element("h1", "Certification authorities");
        html.element("p", &format!("What is published here, as of {now}."));
        if !cas.is_empty() {
            tree.draw(html);
        }
        for (ca, certificate) in &cas {
            section(html, ca, certificate, manifest);
        }
        if !publication.gaps.is_empty() {
            html.element("h2", "What is missing").raw("<ul>\n");
            for gap in &publication.gaps {
                html.raw("<li class=\"bad\">").text(&gap.to_string()).raw("</li>\n");
            }
            html.raw("</ul>\n");
        }
        html.raw("<footer>Every file with its SHA-256 is in ").link(super::MANIFEST, super::MANIFEST);
        html.text(concat!(". Written by keyrite ", env!("CARGO_PKG_VERSION"), ".")).raw("</footer>\n");
    }))
}

fn section(html: &mut Html, ca: &Ca, certificate: &Certificate, manifest: &Manifest) {
    html.raw("<section>\n").element("h2", &certificate.subject().to_string());
    html.raw("<table>\n");
    html.code("SHA-256", &fingerprint(certificate.as_der()).to_string());
    html.code("serial number", &certificate.serial().to_string());
    html.row("issuer", &certificate.issuer().to_string());
    html.row("valid", &format!("{} to {}", certificate.not_before(), certificate.not_after()));
    let name = ca.name.to_string();
    for file in manifest.files.iter().filter(|file| file.ca == name) {
        listed(html, file);
    }
    for Answers { answers, next_update, path, .. } in manifest.ocsp.iter().filter(|one| one.ca == name) {
        let until = next_update.as_ref().map_or_else(String::new, |next| format!(", the first until {next}"));
        html.row(
            "OCSP",
            &match answers {
                0 => format!("a responder, asked below /{path}"),
                answers => format!("{answers} responses below /{path}{until}"),
            },
        );
    }
    html.raw("</table>\n</section>\n");
}

fn listed(html: &mut Html, file: &File) {
    let (label, text) = match (&file.number, &file.next_update) {
        (Some(number), next) => {
            let what = if file.delta_to.is_some() { "delta CRL" } else { "CRL" };
            let next = next.as_ref().map_or_else(String::new, |next| format!(", the next one by {next}"));
            (what, format!("number {number} of {}{next}", file.this_update.as_deref().unwrap_or_default()))
        }
        (None, _) => ("file", file.what.clone()),
    };
    html.cell(label, |cell| {
        cell.link(&file.path, &file.path).raw("<br>").text(&text);
        if let Some(covers) = &file.covers {
            cell.raw("<br>").text("for ").text(covers);
        }
    });
}

/// The CAs of the home and those above them, and every certificate that one has for another.
fn tree(store: &Store, cas: &[(Ca, Certificate)], now: Time) -> Result<Tree, Failure> {
    let mut tree = Tree::default();
    let mut known: Vec<Certificate> = Vec::new();
    let all = cas.iter().map(|(_, own)| own).chain(cas.iter().flat_map(|(ca, _)| &ca.path));
    for certificate in all {
        // A CA is its name and its key, whoever has certified it.
        let same = |other: &Certificate| {
            other.subject() == certificate.subject() && other.spki_der() == certificate.spki_der()
        };
        if known.iter().any(same) {
            continue;
        }
        known.push(certificate.clone());
        tree.nodes.push(Node {
            title: certificate.subject().first("CN").unwrap_or_else(|| certificate.subject().to_string()),
            lines: vec![
                format!("until {}", certificate.not_after()),
                fingerprint(certificate.as_der()).to_string().chars().take(23).collect(),
            ],
        });
    }
    for (to, certificate) in known.iter().enumerate() {
        if let Some(from) = issuer(&known, certificate).filter(|from| *from != to) {
            tree.edges.push(Edge { from, to, is_cross: false });
        }
        let Ok(key) = certificate.public_key() else { continue };
        for holder in store.holders_of_key(&key)? {
            let Ok(by) = holder.ca.parse::<CaName>() else { continue };
            let Some(der) = store.certificate_der(&by, &holder.serial)? else { continue };
            let Ok(other) = Certificate::from_der(&der) else { continue };
            if other == *certificate || other.not_after() < now || other.subject() != certificate.subject() {
                continue;
            }
            let edge = issuer(&known, &other).map(|from| Edge { from, to, is_cross: true });
            tree.edges.extend(edge.filter(|edge| edge.from != to));
        }
    }
    Ok(tree)
}

/// Who has signed a certificate.
fn issuer(known: &[Certificate], certificate: &Certificate) -> Option<usize> {
    known.iter().position(|ca| {
        ca.subject() == certificate.issuer()
            && ca.public_key().is_ok_and(|key| certificate.verify_signed_by(&key).is_ok())
    })
}
