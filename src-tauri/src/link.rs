//! One socket to one server: bytes in, texts and one ending out.
//!
//! A link knows nothing of what is said. It ends once, with a reason, and whoever opened it decides what
//! then happens. Dropping it cuts the socket.

mod dial;
mod ending;

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as SocketCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

pub use dial::{ByteStream, Dial, Dialed, Network};
pub use ending::Ending;

use crate::secrets::Token;
use crate::server::ServerAddress;

/// From the first byte of TCP to the answered handshake.
const OPENING_LIMIT: Duration = Duration::from_secs(10);
/// For the last words of a closing socket.
const CLOSING_LIMIT: Duration = Duration::from_millis(500);
/// Longest frame taken from a server: a whole board with many groups.
const FRAME_LIMIT_BYTES: usize = 64 << 20;
/// Frames read and not yet handled; a server that sends more has to wait (TCP's own way).
const INBOX_FRAMES: usize = 32;
/// Frames to be sent; the app says little, so more means that the socket is stuck.
const OUTBOX_FRAMES: usize = 64;

type Socket = WebSocketStream<MaybeTlsStream<Box<dyn ByteStream>>>;

/// What comes out of a link: `Opened`, texts, then one `Ended`.
#[derive(Debug)]
pub enum LinkEvent {
    Opened,
    Text(Utf8Bytes),
    /// A sign of life without a text.
    Heard,
    Ended(Ending),
}

/// An open or opening socket.
#[derive(Debug)]
pub struct Link {
    events: mpsc::Receiver<LinkEvent>,
    outbox: mpsc::Sender<String>,
    task: JoinHandle<()>,
}

/// The socket is broken, or takes nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck;

impl Link {
    /// Starts to connect. The token goes into the handshake's `Authorization` header, and nowhere else.
    pub fn open(dial: &dyn Dial, server: &ServerAddress, token: &Token) -> Link {
        let (events_in, events) = mpsc::channel(INBOX_FRAMES);
        let (outbox, said) = mpsc::channel(OUTBOX_FRAMES);
        let request = request(server, token);
        let dialing = dial.dial(server.clone());
        let task = tokio::spawn(async move {
            let ending = match request {
                Ok(request) => run(dialing, request, &events_in, said).await,
                Err(ending) => ending,
            };
            // Nobody listens any more: then nobody wants to know.
            events_in.send(LinkEvent::Ended(ending)).await.ok();
        });
        Link { events, outbox, task }
    }

    /// The next event; after `Ended` there is none. Cancel-safe.
    pub async fn next(&mut self) -> LinkEvent {
        match self.events.recv().await {
            Some(event) => event,
            None => LinkEvent::Ended(Ending::Lost { message: "The connection ended.".to_owned() }),
        }
    }

    /// Hands over a text to be sent; never waits.
    pub fn send(&self, text: String) -> Result<(), Stuck> {
        self.outbox.try_send(text).map_err(|_| Stuck)
    }

    /// Says goodbye, and waits for that for at most half a second.
    pub async fn close(mut self) {
        let (nobody, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.outbox, nobody));
        self.events.close();
        if timeout(CLOSING_LIMIT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn request(server: &ServerAddress, token: &Token) -> Result<Request, Ending> {
    let bad = || Ending::Lost { message: format!("{server} cannot be put into a request.") };
    let mut request = server.socket_url().into_client_request().map_err(|_| bad())?;
    let bearer = zeroize::Zeroizing::new(format!("Bearer {}", token.reveal()));
    let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| bad())?;
    bearer.set_sensitive(true);
    let headers = request.headers_mut();
    headers.insert(header::AUTHORIZATION, bearer);
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(vigil_wire::SUBPROTOCOL));
    Ok(request)
}

async fn run(
    dialing: Dialed,
    request: Request,
    events: &mpsc::Sender<LinkEvent>,
    mut said: mpsc::Receiver<String>,
) -> Ending {
    let socket = match timeout(OPENING_LIMIT, open(dialing, request)).await {
        Ok(Ok(socket)) => socket,
        Ok(Err(ending)) => return ending,
        Err(_) => {
            let limit = OPENING_LIMIT.as_secs();
            return Ending::Lost { message: format!("The server did not answer within {limit} seconds.") };
        }
    };
    if events.send(LinkEvent::Opened).await.is_err() {
        return Ending::ours();
    }
    let (mut sink, mut stream) = socket.split();
    tokio::select! {
        ending = read(&mut stream, events) => ending,
        ending = write(&mut sink, &mut said) => ending,
        () = events.closed() => {
            farewell(&mut sink).await;
            Ending::ours()
        }
    }
}

async fn open(dialing: Dialed, request: Request) -> Result<Socket, Ending> {
    let bytes = dialing.await.map_err(|why| Ending::of_dialing(&why))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(32 << 10)
        .max_message_size(Some(FRAME_LIMIT_BYTES))
        .max_frame_size(Some(FRAME_LIMIT_BYTES));
    match client_async_tls_with_config(request, bytes, Some(config), None).await {
        Ok((socket, _)) => Ok(socket),
        Err(why) => Err(Ending::of_opening(&why)),
    }
}

async fn read(stream: &mut SplitStream<Socket>, events: &mpsc::Sender<LinkEvent>) -> Ending {
    loop {
        let event = match stream.next().await {
            Some(Ok(Message::Text(text))) => LinkEvent::Text(text),
            Some(Ok(Message::Close(frame))) => return Ending::of_close(frame),
            // Pings are answered by the library; the protocol has no binary frames.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => {
                LinkEvent::Heard
            }
            Some(Err(why)) => return Ending::of_socket(&why),
            None => return Ending::of_socket(&tungstenite::Error::ConnectionClosed),
        };
        if events.send(event).await.is_err() {
            return Ending::ours();
        }
    }
}

async fn write(sink: &mut SplitSink<Socket, Message>, said: &mut mpsc::Receiver<String>) -> Ending {
    while let Some(text) = said.recv().await {
        if let Err(why) = sink.send(Message::text(text)).await {
            return Ending::of_socket(&why);
        }
    }
    farewell(sink).await;
    Ending::ours()
}

async fn farewell(sink: &mut SplitSink<Socket, Message>) {
    let frame = CloseFrame { code: SocketCode::Normal, reason: Utf8Bytes::from_static("") };
    // A socket that is broken needs no goodbye.
    if sink.send(Message::Close(Some(frame))).await.is_ok() {
        sink.flush().await.ok();
    }
}
