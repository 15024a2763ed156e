//! What the commands that serve are told in common.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration as Span;

use keyrite::x509::time::Duration;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Listening;
use crate::failure::{Exit, Failure};
use crate::notice::notice;

/// Descriptors that are none of connections: the ledger of each thread, logs, listeners.
const OTHER_DESCRIPTORS: u64 = 256;

/// How it is served.
#[derive(Debug, clap::Args)]
pub(crate) struct ServingArgs {
    /// An address and port on which it listens; may be given several times
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: Vec<SocketAddr>,

    /// The address and port for whoever watches: /live, /ready, and /metrics for Prometheus
    #[arg(long, value_name = "ADDR:PORT")]
    metrics: Option<SocketAddr>,

    /// For how long caches may keep what they got, if it is good for as long
    #[arg(long, value_name = "D", default_value = "1h")]
    max_age: Duration,

    /// How many threads answer; without it, one for each processor
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// How many connections may be open at a time
    #[arg(long, value_name = "N", default_value = "16384")]
    connections: NonZeroUsize,

    /// How long requests may take to end when it is told to end
    #[arg(long, value_name = "D", default_value = "10s")]
    drain: Duration,

    /// Tell of each request on standard error
    #[arg(long)]
    pub(crate) access_log: bool,
}

impl ServingArgs {
    /// The seconds for which caches may keep something.
    ///
    /// # Errors
    /// A [`Failure`] when it is given in months.
    pub(crate) fn max_age(&self) -> Result<i64, Failure> {
        seconds("--max-age", self.max_age)
    }

    /// Where and how much at a time. The limit of open files is raised as far as it goes.
    ///
    /// # Errors
    /// A [`Failure`] when a time is given in months.
    pub(crate) fn listening(&self) -> Result<Listening, Failure> {
        let drain = Span::from_secs(u64::try_from(seconds("--drain", self.drain)?).unwrap_or_default());
        let own = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let wanted = self.connections.get();
        let connections = wanted.min(room());
        if connections < wanted {
            notice(&format!(
                "note: room for {connections} connections at a time, wanted {wanted}: raise the limit of open files"
            ));
        }
        Ok(Listening {
            listen: self.listen.clone(),
            metrics: self.metrics,
            threads: self.threads.map_or(own, NonZeroUsize::get),
            connections,
            drain,
        })
    }
}

fn seconds(flag: &str, length: Duration) -> Result<i64, Failure> {
    match length {
        Duration::Seconds(seconds) => Ok(seconds),
        Duration::Months(_) | Duration::Years(_) => {
            Err(Failure::new(Exit::Usage, format!("{flag} {length}, wanted seconds, minutes, hours or days")))
        }
    }
}

/// How many connections there can be.
fn room() -> usize {
    let found = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: found.maximum, maximum: found.maximum };
    let current = if setrlimit(Resource::Nofile, raised).is_ok() { found.maximum } else { found.current };
    let most = current.map_or(u64::MAX, |current| current.saturating_sub(OTHER_DESCRIPTORS));
    usize::try_from(most.max(1)).unwrap_or(usize::MAX)
}
