//! The accept loop. `axum::serve` has no limits on time or on connections; this one has.
//!
//! When every connection that may be open is open, the one that has been idle longest makes room
//! for the next: nobody keeps the provider out by holding connections and saying nothing, or by asking
//! for files and not reading them. The same when the system has none left to give.
//!
//! HTTP/1.1 only: providers speak it, and a proxy in front that offers more to browsers speaks it
//! to us.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use super::Limits;
use super::lengths::Watched;

/// The largest header of a request, in bytes.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// While all are busy: how often to look whether one has become idle.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// What part of the idle ones makes room when the system has no more sockets to give: whoever comes next
/// may wait behind many who will say nothing either.
const PART: usize = 4;
/// How often that is logged while it goes on.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Accepts until told to stop, then waits for what is in hand.
pub(super) async fn run(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    stop: CancellationToken,
) -> io::Result<()> {
    listener.local_addr()?;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_buf_size(MAX_HEADER_BYTES);
    let slots = Arc::new(Slots::new(limits));
    let connections = TaskTracker::new();
    let mut told: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        match accepted {
            Ok((stream, slot)) => {
                let router = router.clone();
                connections.spawn(talk(http.clone(), stream, router, slot, stop.clone()));
            }
            Err(error) if is_the_peers(&error) => {}
            Err(error) => {
                if told.is_none_or(|told| told.elapsed() > TOLD_EVERY) {
                    tracing::error!(%error, "no connection can be accepted: idle ones make room");
                    told = Some(Instant::now());
                }
                slots.make_room_of_idle_ones();
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(limits.drain, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            left = connections.len(),
            "some requests took too long to finish"
        );
    }
    Ok(())
}

/// The connections that may be open, and which of them are idle.
struct Slots {
    room: Arc<Semaphore>,
    idle: Mutex<Idle>,
    /// How long the reader of a file may take for a piece of it before he counts as idle.
    patience: Duration,
}

/// The idle connections in the order in which they became so.
#[derive(Default)]
struct Idle {
    next: u64,
    since: BTreeMap<u64, Evictable>,
}

/// A connection that may be closed to make room, from a moment on.
struct Evictable {
    from: Instant,
    evicted: CancellationToken,
}

impl Slots {
    fn new(limits: &Limits) -> Self {
        Self {
            room: Arc::new(Semaphore::new(limits.connections)),
            idle: Mutex::default(),
            patience: limits.header,
        }
    }

    /// Waits for room, and makes some where there is none: whoever has been idle longest goes.
    async fn take(self: &Arc<Self>) -> io::Result<Slot> {
        let permit = loop {
            if self.room.available_permits() == 0 {
                self.make_room(1);
            }
            let room = Arc::clone(&self.room).acquire_owned();
            if let Ok(permit) = tokio::time::timeout(LOOK_AGAIN, room).await {
                break permit.map_err(io::Error::other)?;
            }
        };
        let slot = Slot {
            slots: Arc::clone(self),
            evicted: CancellationToken::new(),
            idle_as: Mutex::default(),
            _permit: permit,
        };
        slot.is_idle();
        Ok(slot)
    }

    /// Closes a part of those that are idle.
    fn make_room_of_idle_ones(&self) {
        let idle = self.idle().since.len();
        self.make_room(idle.div_ceil(PART));
    }

    /// Closes so many of those that have been idle longest.
    fn make_room(&self, count: usize) {
        let mut idle = self.idle();
        let now = Instant::now();
        for _ in 0..count {
            let longest = idle.since.iter().find(|(_, one)| one.from <= now);
            let Some(place) = longest.map(|(place, _)| *place) else {
                return;
            };
            if let Some(one) = idle.since.remove(&place) {
                one.evicted.cancel();
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection.
struct Slot {
    slots: Arc<Slots>,
    evicted: CancellationToken,
    idle_as: Mutex<Option<u64>>,
    _permit: OwnedSemaphorePermit,
}

impl Slot {
    /// From now on it may be asked to make room.
    fn is_idle(&self) {
        self.is_evictable(Instant::now());
    }

    /// Somebody is to read on: as long as he does so soon, it makes no room.
    fn waits_for_its_reader(&self) {
        self.is_evictable(Instant::now() + self.slots.patience);
    }

    fn is_evictable(&self, from: Instant) {
        self.is_busy();
        let mut idle = self.slots.idle();
        let place = idle.next;
        idle.next += 1;
        let evicted = self.evicted.clone();
        idle.since.insert(place, Evictable { from, evicted });
        *self.idle_as() = Some(place);
    }

    /// From now on it may not.
    fn is_busy(&self) {
        if let Some(place) = self.idle_as().take() {
            self.slots.idle().since.remove(&place);
        }
    }

    fn idle_as(&self) -> MutexGuard<'_, Option<u64>> {
        self.idle_as.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.is_busy();
    }
}

/// The answer to a request takes long to send, or goes on for as long as somebody listens: its
/// connection is not idle meanwhile, unless what there is of it is not read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lasting;

/// A lasting answer: its connection becomes idle when all of it is sent.
struct Sending {
    body: Body,
    slot: Arc<Slot>,
}

impl hyper::body::Body for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.slot.is_busy();
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.slot.waits_for_its_reader();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.slot.is_idle();
    }
}

/// Who is at the other end of a connection: the provider, a browser, or a proxy before them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub IpAddr);

/// Accepts one connection and waits until there is room for it. When all are busy, one that was
/// accepted waits here, and the rest with the system.
async fn accept(listener: &TcpListener, slots: &Arc<Slots>) -> io::Result<(TcpStream, Slot)> {
    // It takes the room that is free now, or that of the one idle longest.
    let (stream, _) = listener.accept().await?;
    let slot = slots.take().await?;
    Ok((stream, slot))
}

async fn talk(
    http: http1::Builder,
    stream: TcpStream,
    router: Router,
    slot: Slot,
    stop: CancellationToken,
) {
    // Without it a small answer may wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().map(|address| address.ip()).ok();
    let slot = Arc::new(slot);
    let (stream, heads) = Watched::new(stream);
    let evicted = slot.evicted.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        let (mut router, slot, heads) = (router.clone(), Arc::clone(&slot), heads.clone());
        async move {
            slot.is_busy();
            if let Some(peer) = peer {
                request.extensions_mut().insert(Peer(peer));
            }
            let response = answer(&mut router, request, heads.take_both()).await;
            // What was seen since belongs to the body.
            heads.take_both();
            let response = if response.extensions().get::<Lasting>().is_some() {
                response.map(|body| Body::new(Sending { body, slot }))
            } else {
                slot.is_idle();
                response
            };
            Ok::<_, std::convert::Infallible>(response)
        }
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = evicted.cancelled() => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// A request with two lengths is refused, and after one without any the connection is closed: what
/// comes behind it might be somebody else's.
async fn answer(router: &mut Router, request: Request<Incoming>, two_lengths: bool) -> Response {
    let chunked = two_lengths || request.headers().contains_key(header::TRANSFER_ENCODING);
    let mut response = if two_lengths {
        StatusCode::BAD_REQUEST.into_response()
    } else {
        let Ok(response) = router.call(request).await;
        response
    };
    if chunked {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether a failed accept is the peer's doing and nothing of ours is wrong.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}
