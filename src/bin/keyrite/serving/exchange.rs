//! One request of HTTP and its answer (RFC 9110, RFC 6960 App. A, RFC 5019 s.5, s.6).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base64ct::{Base64, Base64Unpadded, Encoding as _};
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use keyrite::authority::ocsp_desk::{Outcome, Reply};
use keyrite::x509::ocsp::{OcspRequest, REQUEST_OCTETS};

use super::counter::Remembered;
use super::directory::Found;
use super::document::Document;
use super::large_file::LargeFile;
use super::now;
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
pub(super) type Body = Either<Full<Bytes>, LargeFile>;
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
    if request.uri().path().len() > PATH {
        return plain(StatusCode::URI_TOO_LONG, format!("wanted a path of at most {PATH} octets"));
    }
    match *request.method() {
        Method::GET | Method::HEAD => fetched(&request, site).await,
        Method::POST if site.is_asked() => asked(request, site).await,
        _ => {
            let allowed = if site.is_asked() { "GET, HEAD, POST" } else { "GET, HEAD" };
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, format!("wanted {allowed}"));
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
            answer
        }
    }
}

/// A GET: a file, or else a request of OCSP that is in the path.
async fn fetched(request: &Request<Incoming>, site: &Site) -> Answer {
    let headers = request.headers();
    let path = unescape(request.uri().path());
    let mut otherwise = None;
    if let Some(responder) = &site.responder {
        match in_path(path.as_deref()) {
            InPath::Request(octets) => {
                let reply = responder.reply(&octets, &site.metrics).await;
                if !is_of_others(&reply) || site.directory.is_none() {
                    return cached(&reply, headers, site.max_age);
                }
                otherwise = Some(reply);
            }
            InPath::Malformed if site.directory.is_none() => {
                return signed(&site.unsigned(Reply::malformed()));
            }
            InPath::Malformed | InPath::Nothing => {}
        }
    }
    let found = match (&site.directory, path) {
        (Some(directory), Some(path)) => directory.find(&path),
        (None, _) | (_, None) => Ok(Found::Nothing),
    };
    match (found, otherwise) {
        (Ok(Found::Nothing), Some(reply)) => cached(&reply, headers, site.max_age),
        (Ok(Found::Nothing), None) => plain(StatusCode::NOT_FOUND, site.welcome().to_owned()),
        (Ok(found), _) => file(found, headers, site),
        (Err(error), _) => broken(&error),
    }
}

/// A POST: a request of OCSP, answered from the ledger, else by the file that stands for it below this path.
async fn asked(request: Request<Incoming>, site: &Site) -> Answer {
    let path = unescape(request.uri().path());
    let octets = match body(request).await {
        Ok(octets) => octets,
        Err(answer) => return answer,
    };
    let otherwise = match &site.responder {
        Some(responder) => {
            let reply = responder.reply(&octets, &site.metrics).await;
            if !is_of_others(&reply) {
                return signed(&reply);
            }
            Some(reply)
        }
        None => None,
    };
    let found = match (&site.directory, path, OcspRequest::from_der(&octets)) {
        (Some(directory), Some(path), Ok(request)) => directory.answer(&path, &request),
        (.., Err(_)) => return signed(&site.unsigned(Reply::malformed())),
        (..) => Ok(Found::Nothing),
    };
    match (found, otherwise) {
        (Ok(Found::Small(found)), _) if found.is_answer && found.is_past() => {
            signed(&site.unsigned(Reply::later()))
        }
        (Ok(Found::Small(found)), _) if found.is_answer => answer_of(&found),
        (Ok(_), Some(reply)) => signed(&reply),
        (Ok(_), None) => signed(&site.unsigned(Reply::unauthorized())),
        (Err(error), _) => broken(&error),
    }
}

/// Whether a reply says that the ledger knows nothing of it, and there may be a file that does.
fn is_of_others(reply: &Remembered) -> bool {
    [Outcome::Unauthorized, Outcome::MalformedRequest].contains(&reply.outcome)
}

/// A file, with what caches want to know. A response of OCSP that is outdated is not given away.
fn file(found: Found, asked: &HeaderMap, site: &Site) -> Answer {
    let (mut answer, document) = match &found {
        Found::Small(document) if document.is_answer && document.is_past() => {
            return signed(&site.unsigned(Reply::later()));
        }
        Found::Small(document) => (answer_of(document), document.as_ref()),
        Found::Large(document, ..) => (answer_of(document), document.as_ref()),
        Found::Nothing => return plain(StatusCode::NOT_FOUND, site.welcome().to_owned()),
    };
    if let Some(caching) = &document.caching {
        let had = caching.is_had(asked);
        caching.write(answer.headers_mut(), now(), site.max_age);
        if had {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            *answer.body_mut() = Either::Left(Full::default());
            answer.headers_mut().remove(header::CONTENT_TYPE);
            return answer;
        }
    }
    if let Found::Large(_, file, octets) = found {
        *answer.body_mut() = Either::Right(LargeFile::new(file, octets));
    }
    answer
}

fn answer_of(document: &Document) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(document.octets.clone())));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, document.kind.clone());
    // A file is what its type says, whatever a browser reads into it.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// What the disk does not give.
fn broken(error: &std::io::Error) -> Answer {
    tracing::error!("a file cannot be read: {error}");
    plain(StatusCode::INTERNAL_SERVER_ERROR, "it cannot be read".to_owned())
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

/// The request in a path: base64, whose slashes may be escaped or not, below whatever directory the certificates name. A
/// blank is the plus that it was before somebody took it for a form's.
fn in_path(unescaped: Option<&str>) -> InPath {
    let Some(unescaped) = unescaped else { return InPath::Malformed };
    let restored = unescaped.replace(' ', "+");
    let unescaped = restored.as_str();
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

/// Undoes percent-encoding (RFC 3986 s.2.1).
fn unescape(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let mut one = [0];
                hex::decode_to_slice(digits, &mut one).ok()?;
                let [one] = one;
                one
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
            assert_eq!(in_path(unescape(path).as_deref()), InPath::Request(octets.to_vec()), "{path}");
        }
        for path in ["/M", "/MAP%2", "/MAP%zz", "/%ff"] {
            assert_eq!(in_path(unescape(path).as_deref()), InPath::Malformed, "{path}");
        }
        for path in ["/", "", "/nothing", "/favicon.ico", "/map/x"] {
            assert_eq!(in_path(unescape(path).as_deref()), InPath::Nothing, "{path}");
        }
    }
}
