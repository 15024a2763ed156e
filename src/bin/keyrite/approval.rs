//! What a person approves: the whole of what will be signed, and who will sign it.

use keyrite::audit::{LinterRun, Origin};
use keyrite::authority::issue::Draft;
use keyrite::authority::ocsp::OcspRun;
use keyrite::authority::subordinate::RequestDraft;
use keyrite::authority::{
    Authority,
    crl::{CrlDraft, Sample},
};
use keyrite::policy::{NotGranted, Overridden};
use keyrite::store::OcspStanding;
use keyrite::x509::crl::RevokedCertificate;
use keyrite::x509::ocsp::CertStatus;

use crate::context::Context;
use crate::failure::Failure;
use crate::render::Text as _;
use crate::safe_text::Page;
use crate::view::{self, View};

/// The answer that is wanted.
const ANSWER: &str = "sign";
/// From this many on, each certificate of a batch takes one line.
const SHORT_FROM: usize = 4;

/// A certificate before it is signed.
pub(crate) fn certificate(draft: &Draft, authority: Option<&Authority>, change: Option<&View>) -> View {
    let approved = draft.approved();
    let signer = authority.map_or_else(
        || "the new key itself (self-signed)".to_owned(),
        |authority| format!("CA {:?}, {}", authority.name().as_str(), authority.certificate().subject()),
    );
    let names: Vec<String> = approved.alt_names().iter().map(ToString::to_string).collect();
    let report = draft.linted().report();
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    let excluded: Vec<String> = report
        .excluded
        .iter()
        .map(|one| {
            let (reason, by) = (one.exclusion.reason(), one.exclusion.by());
            format!("does not count, says {by} ({reason}): {}", one.finding)
        })
        .collect();
    let linters: Vec<String> = draft.linters().iter().map(linter).collect();
    let overridden: Vec<View> = approved.overridden().iter().map(overridden).collect();
    View::default()
        .row("signed by", signer)
        .row("signed with", approved.signature().to_string())
        .row(
            "profile",
            format!("{} (SHA-256 {})", approved.profile(), hex::encode(approved.profile_sha256())),
        )
        .row("requester", approved.requester().to_owned())
        .row("made from", made_from(draft))
        .maybe("possession", draft.source().possession.clone())
        .row("remarks", approved.remarks().to_vec())
        .row("not given", approved.not_granted().iter().map(not_granted).collect::<Vec<_>>())
        .maybe("profile changed", change.cloned())
        .row("lint", findings)
        .maybe("lints left out", (!excluded.is_empty()).then_some(excluded))
        .maybe("outside linters", (!linters.is_empty()).then_some(linters))
        .row("serial", draft.serial().to_string())
        .row("not before", approved.not_before().to_string())
        .row("not after", approved.not_after().to_string())
        .row("extensions", view::extensions(approved.extensions()))
        .row("key", view::key(approved.public_key()))
        .row("names", names)
        .row("subject", subject(approved.subject()))
        // Last of all that is told, where it cannot scroll away.
        .maybe("OVERRIDDEN", (!overridden.is_empty()).then_some(overridden))
        .row("to be signed", View::default().row("SHA-256", draft.linted().tbs().sha256()))
}

/// From what the certificate is made, in words.
fn made_from(draft: &Draft) -> String {
    let source = draft.source();
    let of = || {
        let serial = source.origin_serial.as_deref().unwrap_or_default();
        let sha256 = source.origin_sha256.map(|sha256| sha256.to_string()).unwrap_or_default();
        format!("serial {serial} (SHA-256 {sha256})")
    };
    match source.origin {
        Some(Origin::Request) => {
            let sha256 = draft.request_sha256().map(hex::encode).unwrap_or_default();
            format!("a certification request (SHA-256 {sha256})")
        }
        Some(Origin::PublicKey) => "a public key without a request".to_owned(),
        Some(Origin::Renewal) => format!("the certificate that it renews, {}", of()),
        Some(Origin::Cross) => format!("the certificate of the other CA, {}", of()),
        Some(Origin::OwnKey) | None => "a key on the token".to_owned(),
    }
}

fn subject(name: &keyrite::x509::name::Name) -> String {
    if name.is_empty() { "(empty)".to_owned() } else { name.to_string() }
}

/// A rule that does not count, and whose word that is.
fn overridden(one: &Overridden) -> View {
    View::default()
        .row("rule", one.word.rule().id().to_owned())
        .row("would refuse", one.violations.iter().map(ToString::to_string).collect::<Vec<_>>())
        .row("reason", one.word.reason().to_owned())
        .row("says", one.word.by().to_owned())
}

fn linter(run: &LinterRun) -> String {
    let LinterRun { linter, program, program_sha256, status } = run;
    let sha256 = program_sha256.map_or_else(String::new, |sha256| format!(", SHA-256 {sha256}"));
    format!("{linter}: passed, {status} ({program}{sha256})")
}

/// One thing that was asked for and is not given.
pub(crate) fn not_granted(one: &NotGranted) -> String {
    let NotGranted { field, asked, given, reason } = one;
    match given {
        None => format!("{field}: asked {asked}; {reason}"),
        Some(given) => format!("{field}: asked {asked}, gets {given}; {reason}"),
    }
}

/// A CRL before it is signed: everything that it will say, and what of it is new.
pub(crate) fn crl(draft: &CrlDraft, authority: &Authority) -> View {
    let entry = |entry: &RevokedCertificate| {
        let reason = entry.reason.map_or_else(|| "unspecified".to_owned(), |reason| reason.to_string());
        let reason = if entry.removed { "no longer".to_owned() } else { reason };
        format!("{} since {} ({reason})", entry.serial, entry.revocation_date)
    };
    let list = |entries: &Sample| -> Vec<String> {
        let mut texts: Vec<String> = entries.first.iter().map(entry).collect();
        let shown = u64::try_from(entries.first.len()).unwrap_or(u64::MAX);
        if let more @ 1.. = entries.count.saturating_sub(shown) {
            texts.push(format!("and {more} more"));
        }
        texts
    };
    let changes = draft.changes();
    let previous = changes.since.map(|number| {
        View::default()
            .row("number", number.to_string())
            .row("since then revoked or changed", list(&changes.added))
            .row("since then gone", list(&changes.removed))
    });
    View::default()
        .row(
            "signed by",
            format!("CA {:?}, {}", authority.name().as_str(), authority.certificate().subject()),
        )
        .row("signed with", authority.signature().to_string())
        .row("extensions", view::extensions(draft.extensions()))
        .row("entries", list(draft.revoked()))
        .maybe("previous CRL", previous)
        .row("revoked", draft.revoked().count)
        .row("number", draft.number().to_string())
        .maybe("delta to", draft.base().map(|base| base.to_string()))
        .row("this update", draft.this_update().to_string())
        .row("next update", draft.next_update().to_string())
        .row("to be signed", View::default().row("SHA-256", draft.linted().sha256()))
}

/// How many OCSP responses are to be signed, in words.
pub(crate) fn ocsp_count(responses: usize) -> String {
    match responses {
        1 => "this OCSP response".to_owned(),
        count => format!("these {count} OCSP responses"),
    }
}

/// OCSP responses before they are signed. Whatever is not good is listed.
pub(crate) fn ocsp(run: &OcspRun<'_>, standings: &[OcspStanding]) -> View {
    let (authority, responder) = (run.authority(), run.responder());
    let signer = match responder.delegate() {
        None => format!("CA {:?}, {}", authority.name().as_str(), authority.certificate().subject()),
        Some(delegate) => format!("responder {}, until {}", delegate.subject(), delegate.not_after()),
    };
    let good = standings.iter().filter(|one| one.status == CertStatus::Good).count();
    let listed: Vec<String> = standings
        .iter()
        .filter(|one| one.status != CertStatus::Good || standings.len() < SHORT_FROM)
        .take(1000)
        .map(|one| format!("{}: {}", one.serial, one.status))
        .collect();
    let (this_update, next_update) = run.dates();
    View::default()
        .row("signed by", signer)
        .row("signed with", responder.signature().to_string())
        .row("for CA", authority.name().to_string())
        .row("answers", listed)
        .row("certificates", standings.len())
        .row("good", good)
        .row("not good", standings.len().saturating_sub(good))
        .row("responses each", run.responses_each())
        .row("this update", this_update.to_string())
        .row("next update", next_update.to_string())
        .row("key", view::key(responder.public_key()))
}

/// A request for our own key before it is signed.
pub(crate) fn request(draft: &RequestDraft, change: Option<View>) -> View {
    let fields = draft.fields();
    View::default()
        .row("signed by", "the new key itself".to_owned())
        .row("signed with", fields.signature.to_string())
        .row("profile", format!("{} (SHA-256 {})", draft.profile().name, hex::encode(draft.profile().sha256)))
        .maybe("profile changed", change)
        .row("asks for", view::extensions(&fields.extensions))
        .row("key", view::key(&fields.public_key))
        .row("subject", subject(&fields.subject))
        .row("to be signed", View::default().row("SHA-256", draft.linted().tbs().sha256()))
}

/// Shows one thing and asks; `digests` are SHA-256 over what will be signed.
///
/// # Errors
/// A [`Failure`] when the answer is another one, or nobody can be asked.
pub(crate) fn ask(context: &Context, what: &str, view: &View, digests: &[[u8; 32]]) -> Result<(), Failure> {
    let mut page = Page::on_terminal();
    view.text(&mut page);
    confirm(context, &page, what, digests)
}

/// Shows the certificates of a batch and asks once for all of them.
///
/// # Errors
/// As [`ask`].
pub(crate) fn ask_all(
    context: &Context,
    drafts: &[&Draft],
    authority: &Authority,
    change: Option<&View>,
) -> Result<(), Failure> {
    if context.global().yes {
        return Ok(());
    }
    let mut page = Page::on_terminal();
    for (at, draft) in drafts.iter().enumerate() {
        if drafts.len() < SHORT_FROM {
            if at > 0 {
                page.blank();
            }
            certificate(draft, Some(authority), change.filter(|_| at == 0)).text(&mut page);
        } else {
            let approved = draft.approved();
            let names: Vec<String> = approved.alt_names().iter().map(ToString::to_string).collect();
            page.line(format!(
                "{}  {}  {}  until {}  key {}",
                draft.serial(),
                subject(approved.subject()),
                names.join(" "),
                approved.not_after(),
                hex::encode(approved.public_key().sha256()),
            ));
            for remark in approved.remarks() {
                page.row("    ", remark);
            }
        }
    }
    if drafts.len() >= SHORT_FROM {
        summary(drafts, change, &mut page);
    }
    let what = match drafts.len() {
        1 => "this certificate".to_owned(),
        count => format!("these {count} certificates"),
    };
    let digests: Vec<[u8; 32]> = drafts.iter().map(|draft| draft.linted().tbs().sha256()).collect();
    confirm(context, &page, &what, &digests)
}

/// What must be known of a batch whose certificates take a line each.
fn summary(drafts: &[&Draft], change: Option<&View>, page: &mut Page) {
    if let Some(change) = change {
        View::default().row("profile changed", change.clone()).text(page);
    }
    let excluded: usize = drafts.iter().map(|draft| draft.linted().report().excluded.len()).sum();
    if excluded > 0 {
        page.line(format!("{excluded} findings of lints that the profile leaves out: --dry-run shows them"));
    }
    for draft in drafts {
        for one in draft.approved().overridden() {
            let (rule, by, reason) = (one.word.rule(), one.word.by(), one.word.reason());
            page.line(format!("OVERRIDDEN for {}: {rule}, says {by}: {reason}", draft.serial()));
        }
    }
}

fn confirm(context: &Context, page: &Page, what: &str, digests: &[[u8; 32]]) -> Result<(), Failure> {
    let question = format!("The token will sign {what} exactly as shown.");
    context.confirm(page, &question, ANSWER, digests)
}
