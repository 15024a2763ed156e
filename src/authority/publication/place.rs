//! Place: where below a web server's root the file is that a URL names.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

/// A path below the root of a host, with `/` between its parts, each of which can name a file on any system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    host: String,
    path: String,
}

/// Whether a URL names a file or a directory of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// A file: the path must not end with a slash.
    File,
    /// Everything below it, as the URL of an OCSP responder does; a slash at its end means nothing, and it may be the
    /// root itself.
    Directory,
}

impl Place {
    /// The place of a URL, as servers of files read it: percent-encoding undone.
    ///
    /// # Errors
    /// [`NoPlace`] says why no file can be there.
    pub fn of(url: &str, names: Names) -> Result<Self, NoPlace> {
        let parsed = Url::parse(url).map_err(|_| NoPlace::Url)?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(NoPlace::Scheme(parsed.scheme().to_owned()));
        }
        if parsed.query().is_some() {
            return Err(NoPlace::Query);
        }
        let host = parsed.host_str().filter(|host| !host.is_empty()).ok_or(NoPlace::Url)?;
        let mut parts: Vec<&str> = parsed.path_segments().map(Iterator::collect).unwrap_or_default();
        if names == Names::Directory && parts.last() == Some(&"") {
            parts.pop();
        }
        if names == Names::File && parts.last().is_none_or(|last| last.is_empty()) {
            return Err(NoPlace::Directory);
        }
        let parts = parts.into_iter().map(part).collect::<Result<Vec<String>, NoPlace>>()?;
        Ok(Self { host: host.to_ascii_lowercase(), path: parts.join("/") })
    }

    /// The host, in lower case and without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path, relative to the root; empty for the root itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// One part of a path.
fn part(encoded: &str) -> Result<String, NoPlace> {
    let text = percent_decode_str(encoded).decode_utf8().map_err(|_| NoPlace::Part(encoded.to_owned()))?;
    let is_name = !matches!(text.as_ref(), "" | "." | "..")
        && text.len() <= 255
        && !text.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
    if is_name { Ok(text.into_owned()) } else { Err(NoPlace::Part(encoded.to_owned())) }
}

/// Why no file can be served at a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// It is no URL with a host.
    Url,
    /// It is not fetched from a web server.
    Scheme(String),
    /// It has a query, which a server of files does not tell apart.
    Query,
    /// It ends with a slash.
    Directory,
    /// A part of its path names no file.
    Part(String),
}

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("it is no URL with a host"),
            Self::Scheme(scheme) => write!(f, "{scheme} is not served by a web server"),
            Self::Query => f.write_str("it has a query"),
            Self::Directory => f.write_str("it ends with a slash, and names no file"),
            Self::Part(part) => write!(f, "{part:?} in its path names no file"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(url: &str) -> Result<String, NoPlace> {
        Place::of(url, Names::File).map(|place| place.path().to_owned())
    }

    #[test]
    fn a_url_names_a_file_below_the_root_or_none() {
        assert_eq!(file("http://A.test:8080/crl/root%20g1.crl").as_deref(), Ok("crl/root g1.crl"));
        assert_eq!(
            Place::of("http://A.test:8080/c", Names::File).map(|place| place.host),
            Ok("a.test".to_owned())
        );
        for (url, why) in [
            ("ldap://a.test/cn=x?certificateRevocationList", NoPlace::Scheme("ldap".to_owned())),
            ("http://a.test/get?ca=1", NoPlace::Query),
            ("http://a.test/crl/", NoPlace::Directory),
            ("http://a.test", NoPlace::Directory),
            ("http://a.test/a%2Fb", NoPlace::Part("a%2Fb".to_owned())),
            ("http://a.test/a//b", NoPlace::Part(String::new())),
            ("http://a.test/%00", NoPlace::Part("%00".to_owned())),
            ("http://a.test/%ff", NoPlace::Part("%ff".to_owned())),
            ("root.crl", NoPlace::Url),
        ] {
            assert_eq!(file(url), Err(why), "{url}");
        }
        // Dots are resolved as every client resolves them, and never lead above the root.
        assert_eq!(file("http://a.test/a/../../../b.crl").as_deref(), Ok("b.crl"));
        assert_eq!(file("http://a.test/%2e%2e/b.crl").as_deref(), Ok("b.crl"));
        for (url, path) in [("http://a.test", ""), ("http://a.test/", ""), ("http://a.test/ocsp/", "ocsp")] {
            assert_eq!(Place::of(url, Names::Directory).unwrap().path(), path);
        }
    }
}
