//! certificatePolicies, with the sections that policies are spelt out in.

use crate::policy::HttpUrl;
use crate::x509::extension::Qualifier;

use super::extension::{Extension, lines};
use super::file::Cnf;
use super::object_name::object;
use super::toml_text::quoted;

/// The policies of a profile, each as TOML, and what could not be read of the extension.
#[derive(Debug, Default)]
pub(super) struct Policies {
    pub(super) members: Vec<String>,
    pub(super) lost: Vec<String>,
}

pub(super) fn read(cnf: &Cnf, extension: &Extension<'_>) -> Result<Policies, String> {
    let mut policies = Policies::default();
    // Here an at sign stands before each section, not before the whole list.
    for item in super::extension::list(&extension.value)? {
        let one = match (item.name.strip_prefix('@'), item.value.as_ref()) {
            (Some(section), None) => policy(cnf, section, &mut policies.lost),
            (None, None) if item.name == "ia5org" => {
                policies
                    .lost
                    .push("ia5org: for a notice's organization, which is not carried over".to_owned());
                continue;
            }
            (None, None) => object(cnf, &item.name)
                .map(|oid| quoted(&oid.to_string()))
                .ok_or_else(|| format!("{:?} is not a policy", item.name)),
            _ => Err(format!("{:?} is not a policy", item.text())),
        };
        match one {
            Ok(one) if policies.members.contains(&one) => policies.lost.push(format!("{one} is there twice")),
            Ok(one) => policies.members.push(one),
            Err(why) => policies.lost.push(why),
        }
    }
    Ok(policies)
}

/// One policy as a section spells it out: policyIdentifier, CPS.n, userNotice.n.
fn policy(cnf: &Cnf, section: &str, lost: &mut Vec<String>) -> Result<String, String> {
    let mut oid = None;
    let (mut cps, mut notices): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for item in lines(cnf, section)? {
        let value = item.value.clone().unwrap_or_default();
        if item.name == "policyIdentifier" {
            oid = object(cnf, &value);
            if oid.is_none() {
                return Err(format!("{value:?} in [{section}] is not a policy"));
            }
        } else if item.is("CPS") {
            match value.parse::<HttpUrl>() {
                Ok(url) => cps.push(url.to_string()),
                Err(error) => lost.push(format!("[{section}]: {error}")),
            }
        } else if item.is("userNotice") {
            notice(cnf, &value, &mut notices, lost);
        } else {
            lost.push(format!("[{section}]: OpenSSL does not take {:?}", item.name));
        }
    }
    let oid = oid.ok_or_else(|| format!("[{section}] has no policyIdentifier"))?;
    let more = |many: usize, what: &str, lost: &mut Vec<String>| {
        if many > 1 {
            lost.push(format!("[{section}]: of {many} {what}, the first alone"));
        }
    };
    match (cps.as_slice(), notices.as_slice()) {
        ([], []) => Ok(quoted(&oid.to_string())),
        (all, []) => Ok(quoted(&format!("{oid} {}", all.join(" ")))),
        (all, [notice, ..]) => {
            more(all.len(), "URLs of a practice statement", lost);
            more(notices.len(), "notices", lost);
            let cps = all.first().map_or_else(String::new, |url| format!(", cps = {}", quoted(url)));
            Ok(format!("{{ oid = {}{cps}, notice = {} }}", quoted(&oid.to_string()), quoted(notice)))
        }
    }
}

/// `@section` with explicitText, and an organization with numbers that nobody can look up.
fn notice(cnf: &Cnf, value: &str, notices: &mut Vec<String>, lost: &mut Vec<String>) {
    let Some(section) = value.strip_prefix('@') else {
        return lost.push(format!("userNotice = {value:?}, wanted @ and the name of a section"));
    };
    let items = match lines(cnf, section) {
        Ok(items) => items,
        Err(why) => return lost.push(why),
    };
    for item in items {
        let value = item.value.unwrap_or_default();
        if item.name != "explicitText" {
            lost.push(format!(
                "[{section}] {}: a reference to a notice, which has no use (RFC 5280 s.4.2.1.4)",
                item.name
            ));
            continue;
        }
        let text = ["UTF8:", "UTF8String:", "VISIBLE:", "BMP:"]
            .iter()
            .find_map(|start| value.strip_prefix(start))
            .unwrap_or(&value);
        match Qualifier::UserNotice(text.to_owned()).fault() {
            Some(why) => lost.push(format!("[{section}] explicitText: {why} (RFC 6818 s.3)")),
            None => {
                if !value.starts_with("UTF8") {
                    lost.push(format!("[{section}] explicitText: in UTF8String here (RFC 6818 s.3)"));
                }
                notices.push(text.to_owned());
            }
        }
    }
}
