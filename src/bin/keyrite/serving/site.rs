//! What is served.

use super::metrics::Metrics;
use super::responder::Responder;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Site {
    /// Who answers by OCSP.
    pub(crate) responder: Option<Responder>,
    /// The most seconds for which a cache may keep something.
    pub(crate) max_age: i64,
    /// Whether each request is told of on standard error.
    pub(crate) access_log: bool,
    pub(crate) metrics: Metrics,
}

impl Site {
    /// Why nobody should be sent here; nothing where all is well.
    pub(super) fn not_ready(&self) -> Option<String> {
        self.responder.as_ref().and_then(Responder::not_ready)
    }
}
