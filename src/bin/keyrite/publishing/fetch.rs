//! Fetching what a web server serves, as a relying party would.

use std::time::Duration;

use keyrite::x509::excerpt::Excerpt;

/// The longest that one file may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The largest file that is fetched, in octets.
const LIMIT: u64 = 256 * 1024 * 1024;

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fetched {
    pub(super) contents: Vec<u8>,
    /// The media type, without its parameters.
    pub(super) media_type: Option<String>,
}

/// A client that asks one server after the other.
#[derive(Debug)]
pub(super) struct Client(ureq::Agent);

impl Client {
    pub(super) fn new() -> Self {
        // Many relying parties follow no redirection when they fetch a CRL.
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("keyrite/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(config.into())
    }

    /// What is served at a URL; otherwise why nothing is.
    pub(super) fn get(&self, url: &str) -> Result<Fetched, String> {
        let mut response = self.0.get(url).call().map_err(|error| error.to_string())?;
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get("location").and_then(|place| place.to_str().ok());
            return Err(format!("redirected to {}", Excerpt(to.unwrap_or("nowhere"))));
        }
        if !status.is_success() {
            return Err(format!("HTTP status {}", status.as_u16()));
        }
        let media_type = response.body().mime_type().map(str::to_owned);
        let read = response.body_mut().with_config().limit(LIMIT).read_to_vec();
        Ok(Fetched { contents: read.map_err(|error| error.to_string())?, media_type })
    }
}
