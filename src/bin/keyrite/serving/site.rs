//! What is served.

use std::time::Duration;

use keyrite::authority::ocsp_desk::Reply;

use super::counter::Remembered;
use super::directory::Directory;
use super::metrics::Metrics;
use super::responder::Responder;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Site {
    /// Who answers by OCSP, from a ledger.
    pub(crate) responder: Option<Responder>,
    /// What is served as files.
    pub(crate) directory: Option<Directory>,
    /// The most seconds for which a cache may keep something.
    pub(crate) max_age: i64,
    /// Whether each request is told of on standard error.
    pub(crate) access_log: bool,
    pub(crate) metrics: Metrics,
}

impl Site {
    /// Whether requests of OCSP may be answered: from a ledger, or by files that stand for them.
    pub(super) const fn is_asked(&self) -> bool {
        self.responder.is_some() || self.directory.is_some()
    }

    /// What is said where nothing is.
    pub(super) const fn welcome(&self) -> &'static str {
        match self.directory {
            Some(_) => "nothing is here",
            None => "an OCSP responder: ask by POST, or by GET as RFC 5019 says",
        }
    }

    /// A reply of OCSP without a ledger, counted.
    pub(super) fn unsigned(&self, reply: Reply) -> Remembered {
        self.metrics.reply(reply.outcome, Duration::ZERO, false);
        Remembered::of(reply)
    }

    /// Why nobody should be sent here; nothing where all is well.
    pub(super) fn not_ready(&self) -> Option<String> {
        let files = self.directory.as_ref().and_then(Directory::not_ready);
        files.or_else(|| self.responder.as_ref().and_then(Responder::not_ready))
    }
}
