//! One request of HTTP and its answer (RFC 9110, RFC 6960 App. A, RFC 5019 s.5, s.6).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use keyrite::x509::ocsp::REQUEST_OCTETS;
use keyrite::x509::time::Time;

use super::counter::{Caching, Remembered};
use super::now;
use super::responder::Responder;
use super::site::Site;
use crate::notice::notice;

/// How long a client may take to send the body of a POST.
const BODY: Duration = Duration::from_secs(10);
/// The longest path, in octets: a request of 32 certificates takes less.
const PATH: usize = 8 * 1024;
/// The media type of a request (RFC 6960 App. A.1) and of a response (A.2).
const REQUEST: &str = "application/ocsp-request";
const RESPONSE: HeaderValue = HeaderValue::from_static("application/ocsp-response");

/// What is sent.
pub(super) type Body = Either<Full<Bytes>, http_body_util::Empty<Bytes>>;
pub(super) type Answer = Response<Body>;

/// Answers a request, whatever it is.
#[expect(clippy::disallowed_methods, reason = "how long an answer took is told by the log alone")]
pub(super) async fn answer(request: Request<Incoming>, site: &Site, peer: SocketAddr) -> Answer {
    if !site.access_log {
        let answer = answered(request, site).await;
        site.metrics.answered(answer.status());
        return answer;
    }
    let begun = Instant::now();
    let asked = format!("{} {}", request.method(), request.uri());
    let answer = answered(request, site).await;
    site.metrics.answered(answer.status());
    let took = begun.elapsed().as_micros();
    notice(&format!("{} {peer} {asked} {} {took} us", now(), answer.status().as_u16()));
    answer
}

async fn answered(request: Request<Incoming>, site: &Site) -> Answer {
    let path = request.uri().path();
    if path.len() > PATH {
        return plain(StatusCode::URI_TOO_LONG, format!("wanted a path of at most {PATH} octets"));
    }
    let headers = request.headers();
    match (request.method(), &site.responder) {
        (&Method::GET | &Method::HEAD, Some(responder)) => match in_path(path) {
            InPath::Nothing => {
                let what = "an OCSP responder: ask by POST, or by GET as RFC 5019 says";
                plain(StatusCode::NOT_FOUND, what.to_owned())
            }
            InPath::Malformed => signed(&Responder::malformed(&site.metrics)),
            InPath::Request(octets) => {
                let reply = responder.reply(&octets, &site.metrics).await;
                cached(reply.as_ref(), headers, site.max_age)
            }
        },
        (&Method::POST, Some(responder)) => match body(request).await {
            Ok(octets) => signed(responder.reply(&octets, &site.metrics).await.as_ref()),
            Err(answer) => answer,
        },
        (_, responder) => {
            let allowed = if responder.is_some() { "GET, HEAD, POST" } else { "GET, HEAD" };
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, format!("wanted {allowed}"));
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
            answer
        }
    }
}

/// The body of a POST, if it is to be a request of OCSP, comes in time and is not too long.
async fn body(request: Request<Incoming>) -> Result<Bytes, Answer> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case(REQUEST)) {
        return Err(plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("wanted {REQUEST}")));
    }
    let body = Limited::new(request.into_body(), REQUEST_OCTETS).collect();
    match tokio::time::timeout(BODY, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            let most = format!("wanted at most {REQUEST_OCTETS} octets");
            Err(plain(StatusCode::PAYLOAD_TOO_LARGE, most))
        }
        Ok(Err(_)) => Err(plain(StatusCode::BAD_REQUEST, "the body ended early".to_owned())),
        Err(_) => Err(plain(StatusCode::REQUEST_TIMEOUT, "the body took too long".to_owned())),
    }
}

/// One line of text.
pub(super) fn plain(status: StatusCode, mut text: String) -> Answer {
    text.push('\n');
    let mut answer = Response::new(Either::Left(Full::from(text)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A response as POST gets it, which no cache keeps.
fn signed(remembered: &Remembered) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(remembered.octets.clone())));
    answer.headers_mut().insert(header::CONTENT_TYPE, RESPONSE);
    if remembered.caching.is_none() {
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    answer
}

/// A response as GET gets it, with what caches want to know (RFC 5019 s.6.2). An error is never cached.
fn cached(remembered: &Remembered, asked: &HeaderMap, max_age: i64) -> Answer {
    let mut answer = signed(remembered);
    let Some(caching) = &remembered.caching else { return answer };
    if caching.is_had(asked) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        *answer.body_mut() = Either::Left(Full::default());
        answer.headers_mut().remove(header::CONTENT_TYPE);
    }
    caching.write(answer.headers_mut(), now(), max_age);
    answer
}

impl Caching {
    /// Whether the client has this already (RFC 9110 s.13.1.2, s.13.1.3).
    fn is_had(&self, asked: &HeaderMap) -> bool {
        if asked.contains_key(header::IF_NONE_MATCH) {
            let mut tags = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
            return tags.any(|tags| {
                tags.split(',').map(str::trim).any(|tag| {
                    tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == self.etag.as_bytes()
                })
            });
        }
        let since = asked.get(header::IF_MODIFIED_SINCE).and_then(|since| since.to_str().ok());
        let since = since.and_then(|since| httpdate::parse_http_date(since).ok());
        let since = since.and_then(|since| since.duration_since(std::time::UNIX_EPOCH).ok());
        let since = since.and_then(|since| i64::try_from(since.as_secs()).ok());
        since.is_some_and(|since| self.this_update.to_unix() <= since)
    }

    /// RFC 5019 s.6.2: a cache may keep it until nextUpdate, and no longer than `max_age` says.
    fn write(&self, headers: &mut HeaderMap, now: Time, max_age: i64) {
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::LAST_MODIFIED, self.last_modified.clone());
        headers.insert(header::EXPIRES, self.expires.clone());
        let left = self.next_update.to_unix().saturating_sub(now.to_unix()).clamp(0, max_age);
        let control = format!("max-age={left}, public, no-transform, must-revalidate");
        if let Ok(control) = HeaderValue::from_str(&control) {
            headers.insert(header::CACHE_CONTROL, control);
        }
    }
}

/// What a path has in it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum InPath {
    /// Octets, which may be a request.
    Request(Vec<u8>),
    /// What was to be base64 and is not.
    Malformed,
    /// Nothing that looks like base64 of a SEQUENCE.
    Nothing,
}

/// The request in a path: base64, whose slashes may be escaped or not, below whatever directory the certificates name.
fn in_path(path: &str) -> InPath {
    let Some(unescaped) = unescape(path) else { return InPath::Malformed };
    // A SEQUENCE begins with 0x30, whose base64 begins with M. A directory may do so as well.
    let begins = unescaped.match_indices('/').map(|(at, _)| at.saturating_add(1));
    let mut rests =
        begins.filter_map(|at| unescaped.get(at..)).filter(|rest| rest.starts_with('M')).peekable();
    if rests.peek().is_none() {
        return InPath::Nothing;
    }
    let decoded = |rest| Base64::decode_vec(rest).or_else(|_| Base64Unpadded::decode_vec(rest)).ok();
    rests.take(4).find_map(decoded).map_or(InPath::Malformed, InPath::Request)
}

/// Undoes percent-encoding (RFC 3986 s.2.1). A blank is the plus that it was before somebody took it for a form's.
fn unescape(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let mut one = [0];
                hex::decode_to_slice(digits, &mut one).ok()?;
                if one == *b" " { b'+' } else { *one.first()? }
            }
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_found_below_any_directory_however_it_is_escaped() {
        let octets = [0x30, 0x03, 0xff, 0xfb, 0xf0];
        let plain = Base64::encode_string(&octets);
        assert_eq!(plain, "MAP/+/A=");
        for path in [
            "/MAP/+/A=",
            "/MAP%2F%2B%2fA%3D",
            "/a/b/MAP/+/A=",
            "/MAP%2F%20%2FA%3D",
            "/M/MAP/+/A=",
            "/MAP/+/A",
        ] {
            assert_eq!(in_path(path), InPath::Request(octets.to_vec()), "{path}");
        }
        for path in ["/M", "/MAP%2", "/MAP%zz", "/%ff"] {
            assert_eq!(in_path(path), InPath::Malformed, "{path}");
        }
        for path in ["/", "", "/nothing", "/favicon.ico", "/map/x"] {
            assert_eq!(in_path(path), InPath::Nothing, "{path}");
        }
    }
}
