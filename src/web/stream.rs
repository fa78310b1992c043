//! Changes of calls as server-sent events, for as long as somebody listens, may look, and the
//! server runs.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio_stream::Stream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use super::error::Problem;
use super::seen::Seen;
use super::server::Lasting;
use crate::call::Call;

/// How often a stream says that it is alive while nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Opens a stream of the changes that a visitor sees; `write` makes an event of each.
pub(super) fn open<W>(seen: &Seen, write: W) -> Result<Response, Problem>
where
    W: Fn(&Call) -> Event + Send + Sync + Unpin + 'static,
{
    let changes = Changes {
        _slot: seen.room_for_a_stream()?,
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
    _slot: OwnedSemaphorePermit,
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
