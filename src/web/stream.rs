//! Changes of calls as server-sent events, for as long as somebody listens and the server runs.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio_stream::Stream;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::App;
use super::error::Problem;
use super::server::Lasting;
use crate::call::Call;

/// How often a stream says that it is alive while nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Opens a stream of changes; `write` makes an event of each.
pub(super) fn open<W>(app: &App, write: W) -> Result<Response, Problem>
where
    W: Fn(&Call) -> Event + Send + Sync + Unpin + 'static,
{
    let slot = Arc::clone(&app.streams)
        .try_acquire_owned()
        .map_err(|_| Problem::too_many("as many event streams are open as there may be"))?;
    let changes = Changes {
        calls: BroadcastStream::new(app.state.service.live().listen()),
        stopped: Box::pin(CancellationToken::cancelled_owned(app.stop.clone())),
        write,
        _slot: slot,
    };
    let alive = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(changes).keep_alive(alive).into_response();
    response.extensions_mut().insert(Lasting);
    Ok(response)
}

struct Changes<W> {
    calls: BroadcastStream<Arc<Call>>,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
    write: W,
    _slot: OwnedSemaphorePermit,
}

impl<W: Fn(&Call) -> Event + Unpin> Stream for Changes<W> {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.stopped.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.calls).poll_next(context).map(|next| {
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
