//! The load: kept connections that each send a request and wait for its answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Result;

/// A kept connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(8 * 1024),
        })
    }

    /// Sends a request and waits for the whole answer, which must be a 200 that holds `expected`.
    pub async fn ask(&mut self, request: &[u8], expected: &str) -> Result<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let end = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection was closed".into());
            }
            if let Some(end) = end_of_answer(&self.buffer)? {
                break end;
            }
        };
        let answer = String::from_utf8_lossy(&self.buffer[..end.min(self.buffer.len())]);
        let as_expected = answer.starts_with("HTTP/1.1 200 ") && answer.contains(expected);
        if end == self.buffer.len() && as_expected {
            Ok(())
        } else {
            Err(format!("not the answer that was expected: {answer}").into())
        }
    }
}

/// Where the answer ends, once all of its head is there and all of its body.
fn end_of_answer(buffer: &[u8]) -> Result<Option<usize>> {
    let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let length: usize = std::str::from_utf8(&buffer[..head])?
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .ok_or("an answer without a length")?
        .parse()?;
    let end = head + 4 + length;
    Ok((buffer.len() >= end).then_some(end))
}

/// Sends these requests over so many connections; how long each waited for its answer.
pub async fn send(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    connections: usize,
    expected: &'static str,
) -> Result<Vec<Duration>> {
    let total = requests.len();
    let mut shares = vec![Vec::new(); connections];
    for (index, request) in requests.into_iter().enumerate() {
        shares[index % connections].push(request);
    }
    let mut running = JoinSet::new();
    for share in shares {
        running.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut took = Vec::with_capacity(share.len());
            for request in share {
                let began = Instant::now();
                connection.ask(&request, expected).await?;
                took.push(began.elapsed());
            }
            Result::Ok(took)
        });
    }
    let mut took = Vec::with_capacity(total);
    while let Some(done) = running.join_next().await {
        took.extend(done??);
    }
    Ok(took)
}
