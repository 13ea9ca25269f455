use std::future::Future;
use std::io;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::server::ServerAddress;

/// Bytes both ways; TLS, where the address asks for it, goes on top.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// A stream that is being opened.
pub type Dialed = Pin<Box<dyn Future<Output = io::Result<Box<dyn ByteStream>>> + Send>>;

/// How a server is reached.
pub trait Dial: Send + Sync + 'static {
    fn dial(&self, server: ServerAddress) -> Dialed;
}

/// TCP, by name or number.
#[derive(Debug, Clone, Copy, Default)]
pub struct Network;

impl Dial for Network {
    fn dial(&self, server: ServerAddress) -> Dialed {
        Box::pin(async move {
            // An IPv6 address is bracketed in a URL and bare for the resolver.
            let host = server.host().trim_start_matches('[').trim_end_matches(']');
            let stream = TcpStream::connect((host, server.port())).await?;
            if !server.is_encrypted() && !stream.peer_addr()?.ip().is_loopback() {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    format!("{} is not this computer, and ws:// is not encrypted; use wss://", server.host()),
                ));
            }
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn ByteStream>)
        })
    }
}
