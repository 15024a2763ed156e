//! The server: HTTP over OCSP responses and published files.
//!
//! It decides nothing: what is answered to a request of OCSP is decided by `keyrite::authority::ocsp_desk`, from the
//! ledger, which is opened read-only. There is no way from here to a CA's key.
//!
//! - [`site`]: what is served; [`exchange`]: one request of HTTP and its answer; [`watch`]: the end points for whoever
//!   watches the server, at an address of their own; [`metrics`]: what they count.
//! - [`responder`]: OCSP from the ledger; [`counter`]: the replies that one thread remembers.
//! - [`live`]: responses that are signed as clients ask for them; [`journal`]: what was.
//! - [`directory`]: files; [`document`]: one of them; [`large_file`]: one that is sent piece by piece; [`caching`]: what caches are
//!   told.
//! - [`arguments`]: what both commands are told; [`patience`]: clients that do not take what they asked for.

mod arguments;
mod caching;
mod counter;
mod directory;
mod document;
mod exchange;
mod journal;
mod large_file;
mod live;
mod metrics;
mod patience;
mod responder;
mod site;
mod watch;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::Either;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use keyrite::authority::system::SystemClock;
use keyrite::x509::time::Time;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch as latest};

use crate::failure::{Exit, Failure};
use crate::notice::notice;
pub(crate) use arguments::ServingArgs;
pub(crate) use directory::Directory;
pub(crate) use journal::Journal;
pub(crate) use live::{Live, Plan};
pub(crate) use metrics::Metrics;
use patience::Patient;
pub(crate) use responder::Responder;
pub(crate) use site::Site;

/// How long a client may take to send the head of a request, and a connection may rest between two.
const HEAD: Duration = Duration::from_secs(30);
/// The same when more than half of the room is taken. Connections serve one request then.
const HEAD_IN_A_CROWD: Duration = Duration::from_secs(3);
/// How long a client may leave what it asked for unread.
const STALL: Duration = Duration::from_secs(30);
/// The most octets of a head.
const HEAD_OCTETS: usize = 16 * 1024;
/// The most lines of a head.
const HEAD_LINES: usize = 64;
/// How long what was answered may take to be sent, and the rest of a head to come, when the server ends.
const GRACE: Duration = Duration::from_millis(500);
/// How long nothing is accepted after that failed, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);
/// How many connections the system keeps until they are accepted.
const BACKLOG: u32 = 4096;
/// How many connections there may be to the end points for whoever watches.
const WATCHERS: usize = 32;

/// Where and how much at a time.
#[derive(Debug)]
pub(crate) struct Listening {
    /// For clients.
    pub(crate) listen: Vec<SocketAddr>,
    /// For whoever watches.
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) threads: usize,
    pub(crate) connections: usize,
    /// How long requests may take to end when the server does.
    pub(crate) drain: Duration,
}

/// The time by the clock of this machine.
fn now() -> Time {
    SystemClock.now()
}

/// Who is let in by a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Clients,
    Watchers,
}

/// A listener and what holds for its connections.
struct Entrance {
    listener: TcpListener,
    door: Door,
    room: Arc<Semaphore>,
    size: usize,
}

/// Serves until SIGTERM or SIGINT, and then what was begun.
///
/// # Errors
/// A [`Failure`] when an address cannot be had, or the machine gives no threads.
pub(crate) fn run(site: &Arc<Site>, listening: &Listening) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::of(Exit::Output, &error);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(listening.threads)
        .thread_name("keyrite-serve")
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(serve(site, listening))
}

async fn serve(site: &Arc<Site>, listening: &Listening) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::of(Exit::Output, &error);
    // Before anybody is told that it listens: a signal from then on ends it in good order.
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let (end, ending) = latest::channel(false);
    let room = Arc::new(Semaphore::new(listening.connections));
    let mut entrances = Vec::new();
    for address in &listening.listen {
        let (room, size) = (Arc::clone(&room), listening.connections);
        entrances.push(Entrance { listener: bind(*address)?, door: Door::Clients, room, size });
    }
    if let Some(address) = listening.metrics {
        let room = Arc::new(Semaphore::new(WATCHERS));
        entrances.push(Entrance { listener: bind(address)?, door: Door::Watchers, room, size: WATCHERS });
    }
    for entrance in &entrances {
        let address = entrance.listener.local_addr().map_err(failed)?;
        match entrance.door {
            Door::Clients => notice(&format!("listening on http://{address}/")),
            Door::Watchers => notice(&format!("metrics on http://{address}/metrics")),
        }
    }
    let accepting: Vec<_> = entrances
        .into_iter()
        .map(|entrance| tokio::spawn(accept(entrance, Arc::clone(site), ending.clone())))
        .collect();
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    notice("ending: no new connections");
    let _nobody_listens = end.send(true);
    for one in accepting {
        drop(one.await);
    }
    // Every connection has a place in the room until it ends.
    let all = u32::try_from(listening.connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(listening.drain, room.acquire_many(all)).await.is_err() {
        notice("ended with requests that took too long");
    }
    Ok(())
}

fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let bound = socket.and_then(|socket| {
        // What is left of connections of an earlier server does not keep this one from its address.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    });
    bound.map_err(|error| {
        let hint = "another program may have it: --listen names another address or port";
        Failure::new(Exit::Output, format!("cannot listen on {address}")).caused_by(&error).hint(hint)
    })
}

async fn accept(entrance: Entrance, site: Arc<Site>, mut ending: latest::Receiver<bool>) {
    let Entrance { listener, door, room, size } = entrance;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told_to_end(&mut ending) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Not an error of one client: it would come again at once.
                tracing::warn!("no connection: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let crowded = room.available_permits() < size.div_ceil(2);
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            site.metrics.turned_away();
            continue;
        };
        // Small answers are not to wait for more.
        drop(stream.set_nodelay(true));
        let guest = Guest { site: Arc::clone(&site), door, peer, crowded, permit };
        tokio::spawn(guest.serve(stream, ending.clone()));
    }
}

/// Waits until the server is to end.
async fn told_to_end(ending: &mut latest::Receiver<bool>) {
    drop(ending.wait_for(|ending| *ending).await);
}

/// A client and its connection.
struct Guest {
    site: Arc<Site>,
    door: Door,
    peer: SocketAddr,
    crowded: bool,
    permit: OwnedSemaphorePermit,
}

impl Guest {
    async fn serve(self, stream: TcpStream, mut ending: latest::Receiver<bool>) {
        let Self { site, door, peer, crowded, permit } = self;
        let _counted = site.metrics.connected();
        let head = if crowded { HEAD_IN_A_CROWD } else { HEAD };
        // Whoever has said nothing yet takes no more memory than this.
        tokio::select! {
            ready = tokio::time::timeout(head, stream.readable()) => if !matches!(ready, Ok(Ok(()))) { return },
            () = told_to_end(&mut ending) => return,
        }
        let busy = Arc::new(AtomicUsize::new(0));
        let service = service_fn(|request| {
            let (site, busy) = (Arc::clone(&site), Busy::with(&busy));
            async move {
                // Where a file is sent, until all of it is.
                let mut busy = Some(busy);
                let mut answer = match door {
                    Door::Clients => exchange::answer(request, &site, peer).await,
                    Door::Watchers => watch::answer(&request, &site),
                };
                if let (Either::Right(file), Some(busy)) = (answer.body_mut(), busy.take()) {
                    file.keep(busy);
                }
                Ok::<_, Infallible>(answer)
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head)
            .max_buf_size(HEAD_OCTETS)
            .max_headers(HEAD_LINES)
            .keep_alive(!crowded)
            .serve_connection(TokioIo::new(Patient::new(stream, STALL)), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = told_to_end(&mut ending) => {
                connection.as_mut().graceful_shutdown();
                // A request that was read is answered; one whose head is still on its way is not waited for.
                loop {
                    match tokio::time::timeout(GRACE, connection.as_mut()).await {
                        Ok(ended) => break ended,
                        Err(_) if busy.load(Ordering::Relaxed) == 0 => return,
                        Err(_) => {}
                    }
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!("a connection ended: {error}");
        }
        drop(permit);
    }
}

/// A request that is being answered.
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn with(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
