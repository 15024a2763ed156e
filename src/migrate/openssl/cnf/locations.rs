//! Where something is found: cRLDistributionPoints, authorityInfoAccess, subjectInfoAccess.

use crate::policy::HttpUrl;
use crate::policy::profile::UrlText;

use super::extension::{Extension, Item, lines, list};
use super::file::Cnf;

/// What could be read of an extension that lists places.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The URLs of each kind, in the order of the file: the kind is the word before the semicolon of
    /// authorityInfoAccess, and `point` for a distribution point.
    pub(super) urls: Vec<(String, String)>,
    /// How many points or descriptions they make in what OpenSSL writes.
    pub(super) points: usize,
    /// What could not be read, in words.
    pub(super) lost: Vec<String>,
}

impl Places {
    /// The URLs of one kind.
    pub(super) fn of(&self, kind: &str) -> Vec<String> {
        self.urls.iter().filter(|(known, _)| known == kind).map(|(_, url)| url.clone()).collect()
    }

    fn add(&mut self, kind: &str, url: &str) {
        let both = (kind.to_owned(), url.to_owned());
        match url.parse::<UrlText>() {
            Ok(_) if url.parse::<HttpUrl>().is_err() => {
                self.lost.push(format!("{url:?} has a place in braces"));
            }
            Ok(_) if self.urls.contains(&both) => self.lost.push(format!("{url:?} is there twice")),
            Ok(_) => self.urls.push(both),
            Err(error) => self.lost.push(error.to_string()),
        }
    }
}

/// crlDistributionPoints: names such as `URI:http://…`, each a point of its own, and names of sections.
pub(super) fn points(cnf: &Cnf, extension: &Extension<'_>) -> Result<Places, String> {
    let mut places = Places::default();
    for item in extension.items(cnf)? {
        match &item.value {
            Some(value) if item.is("URI") => {
                places.points = places.points.saturating_add(1);
                places.add("point", value);
            }
            Some(_) => {
                places.lost.push(format!("{:?} is not a URI, and nobody fetches a CRL there", item.text()));
            }
            None => point(cnf, &item.name, &mut places),
        }
    }
    Ok(places)
}

/// One distribution point as a section spells it out.
fn point(cnf: &Cnf, section: &str, places: &mut Places) {
    let items = match lines(cnf, section) {
        Ok(items) => items,
        Err(why) => return places.lost.push(why),
    };
    let value = |name: &str| items.iter().find(|item| item.name == name).and_then(|item| item.value.clone());
    for (name, what) in [
        ("reasons", "reasons: a CRL for some of them only, which keyrite does not issue"),
        ("CRLissuer", "CRLissuer: a CRL that another one signs, which keyrite does not issue"),
        ("relativename", "a name relative to that of the issuer, which nobody follows"),
    ] {
        if value(name).is_some() {
            return places.lost.push(format!("the point [{section}] has {what}"));
        }
    }
    let Some(full_name) = value("fullname") else {
        return places.lost.push(format!("the point [{section}] has no fullname"));
    };
    let names = match full_name.strip_prefix('@') {
        Some(section) => lines(cnf, section),
        None => list(&full_name),
    };
    match names {
        Ok(names) => {
            places.points = places.points.saturating_add(1);
            for item in names {
                match item.value.as_deref().filter(|_| item.is("URI")) {
                    Some(url) => places.add("point", url),
                    None => places
                        .lost
                        .push(format!("{:?} is not a URI, and nobody fetches a CRL there", item.text())),
                }
            }
        }
        Err(why) => places.lost.push(why),
    }
}

/// authorityInfoAccess and subjectInfoAccess: `METHOD;URI:http://…`.
pub(super) fn access(cnf: &Cnf, extension: &Extension<'_>, methods: &[&str]) -> Result<Places, String> {
    let mut places = Places::default();
    for item in extension.items(cnf)? {
        let split = item.name.split_once(';').map(|(method, name)| {
            (method.trim().to_owned(), Item { name: name.trim().to_owned(), value: item.value.clone() })
        });
        match split {
            Some((method, Item { name, value: Some(url) }))
                if methods.contains(&method.as_str()) && (name == "URI" || name.starts_with("URI.")) =>
            {
                places.points = places.points.saturating_add(1);
                places.add(&method, &url);
            }
            _ => {
                places.lost.push(format!("{:?} is not one of {} with a URI", item.text(), methods.join(" ")));
            }
        }
    }
    Ok(places)
}
