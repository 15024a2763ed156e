//! What caches are told, and what clients have already (RFC 9110 s.8.8, s.13.1; RFC 9111; RFC 5019 s.6.2).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::header::{self, HeaderMap, HeaderValue};
use keyrite::x509::time::Time;

/// What the headers of something say that may be kept.
#[derive(Debug)]
pub(super) struct Caching {
    tag: HeaderValue,
    /// When it was made: thisUpdate where it has one.
    modified: Time,
    last_modified: HeaderValue,
    /// The last second in which it is good, where it says so.
    pub(super) until: Option<Time>,
    expires: Option<HeaderValue>,
}

impl Caching {
    /// Puts it into words; nothing where a time is not one of HTTP.
    pub(super) fn new(tag: &str, modified: Time, until: Option<Time>) -> Option<Self> {
        Some(Self {
            tag: HeaderValue::from_str(tag).ok()?,
            modified,
            last_modified: http_date(modified)?,
            until,
            expires: until.and_then(http_date),
        })
    }

    /// Whether it is good no more.
    pub(super) fn is_past(&self, now: Time) -> bool {
        self.until.is_some_and(|until| until < now)
    }

    /// Whether the client has this already.
    pub(super) fn is_had(&self, asked: &HeaderMap) -> bool {
        if asked.contains_key(header::IF_NONE_MATCH) {
            let mut tags = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
            return tags.any(|tags| {
                tags.split(',').map(str::trim).any(|tag| {
                    tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == self.tag.as_bytes()
                })
            });
        }
        let since = asked.get(header::IF_MODIFIED_SINCE).and_then(|since| since.to_str().ok());
        let since = since.and_then(|since| httpdate::parse_http_date(since).ok());
        let since = since.and_then(|since| since.duration_since(UNIX_EPOCH).ok());
        let since = since.and_then(|since| i64::try_from(since.as_secs()).ok());
        since.is_some_and(|since| self.modified.to_unix() <= since)
    }

    /// A cache may keep it as long as it is good, and no longer than `max_age` says.
    pub(super) fn write(&self, headers: &mut HeaderMap, now: Time, max_age: i64) {
        headers.insert(header::ETAG, self.tag.clone());
        headers.insert(header::LAST_MODIFIED, self.last_modified.clone());
        if let Some(expires) = &self.expires {
            headers.insert(header::EXPIRES, expires.clone());
        }
        let left = self.until.map_or(max_age, |until| until.to_unix().saturating_sub(now.to_unix()));
        let left = left.clamp(0, max_age);
        let control = format!("max-age={left}, public, no-transform, must-revalidate");
        if let Ok(control) = HeaderValue::from_str(&control) {
            headers.insert(header::CACHE_CONTROL, control);
        }
    }
}

/// A time as HTTP writes it (RFC 9110 s.5.6.7).
fn http_date(time: Time) -> Option<HeaderValue> {
    let since = Duration::from_secs(u64::try_from(time.to_unix()).ok()?);
    let time = SystemTime::UNIX_EPOCH.checked_add(since)?;
    HeaderValue::from_str(&httpdate::fmt_http_date(time)).ok()
}
