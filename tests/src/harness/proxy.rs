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
}

impl CountingProxy {
    /// Listens, and takes each connection on to `server`.
    pub async fn start(server: SocketAddr) -> Outcome<CountingProxy> {
        let listener = TcpListener::bind("127.0.0.1:0").await.doing("listen for the proxy")?;
        let address = listener.local_addr().doing("listen for the proxy")?;
        let (line, watched) = watch::channel(Line::Flows);
        let counts = Arc::new(Counts::default());
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
        () = pass(from_client, to_server, line.clone(), &counts.to_server) => {}
        () = pass(from_server, to_client, line, &counts.from_server) => {}
        _ = cut.wait_for(|line| *line == Line::Cut) => {}
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut line: watch::Receiver<Line>,
    count: &AtomicU64,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        if line.wait_for(|line| *line != Line::Stalls).await.is_err() {
            return;
        }
        count.fetch_add(read as u64, Ordering::Relaxed);
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
