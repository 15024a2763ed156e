//! The end points for whoever watches the server.

use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, StatusCode};

use super::exchange::{Answer, plain};
use super::site::Site;

/// `/live`, `/ready` and `/metrics`.
pub(super) fn answer(request: &Request<Incoming>, site: &Site) -> Answer {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "wanted GET".to_owned());
        answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    match request.uri().path() {
        "/live" => plain(StatusCode::OK, "alive".to_owned()),
        "/ready" => match site.not_ready() {
            None => plain(StatusCode::OK, "ready".to_owned()),
            Some(why) => plain(StatusCode::SERVICE_UNAVAILABLE, why),
        },
        "/metrics" => {
            let mut answer = plain(StatusCode::OK, String::new());
            *answer.body_mut() = Either::Left(Full::from(site.metrics.page(site)));
            let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            answer.headers_mut().insert(header::CONTENT_TYPE, kind);
            answer
        }
        _ => plain(StatusCode::NOT_FOUND, "wanted /live, /ready or /metrics".to_owned()),
    }
}
