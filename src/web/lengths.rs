//! Requests that say twice how long they are (RFC 9112, 6.1 and 6.3).
//!
//! hyper believes `Transfer-Encoding` and drops `Content-Length` before anybody sees it. A proxy in
//! front may have believed the other one, so such a request is refused; for that the head is looked
//! at on its way in.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How much of a head is looked at; hyper refuses longer ones.
const MOST: usize = 64 * 1024;

/// How much memory a connection keeps for a line of its next head that comes in parts.
const KEPT: usize = 2 * 1024;

/// What was seen of the head of the request that is on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Heads(Arc<Mutex<Head>>);

#[derive(Debug, Default)]
struct Head {
    /// How much of it came.
    seen: usize,
    /// The beginning of a line whose end is still to come.
    line: Vec<u8>,
    /// Whether the line that asks for something is through; blank ones may stand before it.
    begun: bool,
    has_length: bool,
    has_encoding: bool,
    whole: bool,
}

impl Heads {
    /// Whether the head that just came has both. What comes from here on is looked at anew.
    pub(super) fn take_both(&self) -> bool {
        let mut head = self.head();
        let both = head.has_length && head.has_encoding;
        let mut line = std::mem::take(&mut head.line);
        line.clear();
        line.shrink_to(KEPT);
        *head = Head {
            line,
            ..Head::default()
        };
        both
    }

    fn see(&self, bytes: &[u8]) {
        let mut head = self.head();
        if !head.whole && head.seen < MOST {
            head.see(bytes);
        }
    }

    fn head(&self) -> MutexGuard<'_, Head> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Head {
    fn see(&mut self, mut bytes: &[u8]) {
        self.seen += bytes.len();
        while !self.whole
            && let Some(end) = memchr::memchr(b'\n', bytes)
        {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.line.is_empty() {
                self.take(line);
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.take(&whole);
                whole.clear();
                self.line = whole;
            }
            bytes = rest;
        }
        if !self.whole {
            self.line.extend_from_slice(bytes);
        }
    }

    fn take(&mut self, line: &[u8]) {
        match line.strip_suffix(b"\r").unwrap_or(line) {
            [] => self.whole = self.begun,
            _ if !self.begun => self.begun = true,
            line => {
                self.has_length |= is_named(line, b"content-length");
                self.has_encoding |= is_named(line, b"transfer-encoding");
            }
        }
    }
}

/// Whether a line of the head begins with this name.
fn is_named(line: &[u8], name: &[u8]) -> bool {
    matches!(line.get(name.len()), Some(b':' | b' ' | b'\t'))
        && line[..name.len()].eq_ignore_ascii_case(name)
}

/// A connection whose heads are looked at.
pub(super) struct Watched {
    stream: TcpStream,
    heads: Heads,
}

impl Watched {
    /// The connection, and what is seen on it.
    pub(super) fn new(stream: TcpStream) -> (Self, Heads) {
        let heads = Heads::default();
        let watched = Self {
            stream,
            heads: heads.clone(),
        };
        (watched, heads)
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Some(new) = buffer.filled().get(before..) {
            self.heads.see(new);
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(pieces: &[&str]) -> bool {
        let heads = Heads::default();
        for piece in pieces {
            heads.see(piece.as_bytes());
        }
        heads.take_both()
    }

    #[test]
    fn both_are_seen_however_the_head_is_cut_and_in_either_order() {
        let head = "POST / HTTP/1.1\r\nContent-LENGTH: 5\r\nTransfer-encoding : chunked\r\n\r\n";
        for at in 0..head.len() {
            assert!(both(&[&head[..at], &head[at..]]), "cut at {at}");
        }
        assert!(both(&[
            "P / H\ntransfer-encoding: x\ncontent-length: 1\n\n"
        ]));
    }

    #[test]
    fn blank_lines_in_front_hide_nothing() {
        let head = "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
        for blank in ["\r\n", "\n", "\r\n\r\n", "\n\n\n"] {
            assert!(both(&[blank, head]), "{blank:?}");
            assert!(both(&[&format!("{blank}{head}")]), "{blank:?}");
        }
    }

    #[test]
    fn a_body_is_no_head() {
        let head = "POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\n";
        assert!(!both(&[head, "\r\ntransfer-encoding: chunked\r\n\r\n"]));
        assert!(!both(&[
            "P / H\r\nx-content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n"
        ]));
    }
}
