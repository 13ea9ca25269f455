use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::error::{Outcome, While};

/// A TCP proxy on 127.0.0.1 that counts what passes, and can stop passing it.
pub struct CountingProxy {
    address: SocketAddr,
    line: watch::Sender<Line>,
    counts: Arc<Counts>,
    accepting: JoinHandle<()>,
}

/// What the proxy does with bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Flows,
    /// Connections stay open, and nothing passes: a network that swallows packets.
    Stalls,
    /// Connections are closed, and new ones at once: a network that is gone.
    Cut,
}

#[derive(Default)]
struct Counts {
    to_server: AtomicU64,
    from_server: AtomicU64,
    connections: AtomicU64,
    /// What is looked for in the bytes from the server; empty: nothing.
    needle: Vec<u8>,
    sightings: AtomicU64,
}

impl CountingProxy {
    /// Listens, and takes each connection on to `server`.
    pub async fn start(server: SocketAddr) -> Outcome<CountingProxy> {
        CountingProxy::start_looking_for(server, "").await
    }

    /// As [`CountingProxy::start`], and looks for a text in what the server sends, in plain.
    pub async fn start_looking_for(server: SocketAddr, needle: &str) -> Outcome<CountingProxy> {
        let listener = TcpListener::bind("127.0.0.1:0").await.doing("listen for the proxy")?;
        let address = listener.local_addr().doing("listen for the proxy")?;
        let (line, watched) = watch::channel(Line::Flows);
        let counts = Arc::new(Counts { needle: needle.as_bytes().to_vec(), ..Counts::default() });
        let shared = Arc::clone(&counts);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(carry(client, server, watched.clone(), Arc::clone(&shared)));
            }
        });
        Ok(CountingProxy { address, line, counts, accepting })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes that the server has sent through so far, all connections together.
    pub fn from_server(&self) -> u64 {
        self.counts.from_server.load(Ordering::Relaxed)
    }

    /// How often the text was seen in what the server sent.
    pub fn sightings(&self) -> u64 {
        self.counts.sightings.load(Ordering::Relaxed)
    }

    /// Bytes that were sent to the server so far.
    pub fn to_server(&self) -> u64 {
        self.counts.to_server.load(Ordering::Relaxed)
    }

    /// Connections taken so far.
    pub fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// Closes every connection, and every new one at once, until `mend`.
    pub fn cut(&self) {
        self.line.send_replace(Line::Cut);
    }

    /// Lets nothing pass until `mend`; connections stay.
    pub fn stall(&self) {
        self.line.send_replace(Line::Stalls);
    }

    pub fn mend(&self) {
        self.line.send_replace(Line::Flows);
    }
}

impl Drop for CountingProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.line.send_replace(Line::Cut);
    }
}

/// One connection, until either end closes it or the line is cut.
async fn carry(client: TcpStream, server: SocketAddr, line: watch::Receiver<Line>, counts: Arc<Counts>) {
    if *line.borrow() == Line::Cut {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut cut = line.clone();
    tokio::select! {
        () = pass(from_client, to_server, line.clone(), |bytes| {
            counts.to_server.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }) => {}
        () = pass(from_server, to_client, line, counts.watch_server()) => {}
        _ = cut.wait_for(|line| *line == Line::Cut) => {}
    }
}

impl Counts {
    /// Counts the bytes of one connection from the server, and sightings across their reads.
    fn watch_server(&self) -> impl FnMut(&[u8]) + '_ {
        let mut seam = Vec::new();
        move |bytes| {
            self.from_server.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            let length = self.needle.len();
            if length == 0 {
                return;
            }
            seam.extend_from_slice(bytes);
            let seen = seam.windows(length).filter(|window| *window == self.needle).count();
            self.sightings.fetch_add(seen as u64, Ordering::Relaxed);
            // What may be the beginning of one stays for the next read.
            seam.drain(..seam.len().saturating_sub(length - 1));
        }
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut line: watch::Receiver<Line>,
    mut look: impl FnMut(&[u8]),
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        if line.wait_for(|line| *line != Line::Stalls).await.is_err() {
            return;
        }
        look(&buffer[..read]);
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_seen_across_reads_and_once() {
        let counts = Counts { needle: b"canary".to_vec(), ..Counts::default() };
        let mut look = counts.watch_server();
        for part in ["a can", "ary and a canar", "", "y", "canary", "cana ry"] {
            look(part.as_bytes());
        }
        drop(look);
        assert_eq!(counts.sightings.load(Ordering::Relaxed), 3);
    }
}
