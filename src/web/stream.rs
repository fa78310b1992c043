//! Changes of calls as server-sent events, for as long as somebody listens, may look, and the
//! server runs.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_stream::Stream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use super::error::Problem;
use super::seen::Seen;
use super::server::Lasting;
use crate::call::Call;

/// How often a stream says that it is alive while nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How many of them one visitor may have open.
const MOST_OF_ONE: usize = 16;

/// How many streams are open, and whose.
pub(super) struct Open {
    all: Arc<Semaphore>,
    own: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// Room for a stream, for as long as it is held.
pub(super) struct Room {
    _of_all: OwnedSemaphorePermit,
    _of_one: OwnedSemaphorePermit,
}

impl Open {
    /// None yet, and no more than so many.
    pub(super) fn new(most: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(most)),
            own: Mutex::default(),
        }
    }

    /// Room for one more of this visitor, while there is any.
    pub(super) fn room(&self, visitor: &str) -> Option<Room> {
        Some(Room {
            _of_one: self.own(visitor).try_acquire_owned().ok()?,
            _of_all: Arc::clone(&self.all).try_acquire_owned().ok()?,
        })
    }

    fn own(&self, visitor: &str) -> Arc<Semaphore> {
        let mut known = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, own| own.strong_count() > 0);
        let own = known.get(visitor).and_then(Weak::upgrade);
        let own = own.unwrap_or_else(|| Arc::new(Semaphore::new(MOST_OF_ONE)));
        known.insert(visitor.to_owned(), Arc::downgrade(&own));
        own
    }
}

/// Opens a stream of the changes that a visitor sees; `write` makes an event of each.
pub(super) fn open<W>(seen: &Seen, write: W) -> Result<Response, Problem>
where
    W: Fn(&Call) -> Event + Send + Sync + Unpin + 'static,
{
    let changes = Changes {
        _room: seen.room_for_a_stream()?,
        calls: Box::pin(seen.changes()),
        ended: Box::pin(seen.until_the_end()),
        write,
    };
    let alive = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(changes).keep_alive(alive).into_response();
    response.extensions_mut().insert(Lasting);
    Ok(response)
}

type Calls = dyn Stream<Item = Result<Arc<Call>, BroadcastStreamRecvError>> + Send;

struct Changes<W> {
    calls: Pin<Box<Calls>>,
    ended: Pin<Box<dyn Future<Output = ()> + Send>>,
    write: W,
    _room: Room,
}

impl<W: Fn(&Call) -> Event + Unpin> Stream for Changes<W> {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        self.calls.as_mut().poll_next(context).map(|next| {
            next.map(|change| {
                Ok(match change {
                    Ok(call) => (self.write)(&call).id(call.id.to_string()),
                    Err(BroadcastStreamRecvError::Lagged(missed)) => {
                        Event::default().event("reload").data(missed.to_string())
                    }
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_the_room_of_all() {
        let open = Open::new(MOST_OF_ONE + 2);
        let vera: Vec<Room> = (0..MOST_OF_ONE).filter_map(|_| open.room("vera")).collect();
        assert_eq!(vera.len(), MOST_OF_ONE);
        assert!(open.room("vera").is_none());
        let others = [open.room("anne"), open.room("per")];
        assert!(others.iter().all(Option::is_some) && open.room("lone").is_none());
        drop(vera);
        assert!(open.room("vera").is_some());
    }
}
