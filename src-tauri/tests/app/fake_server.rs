//! A server that says what its test tells it to say, over memory (so that time can be virtual) or over
//! real sockets.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use vigil_app::link::{ByteStream, Dial, Dialed};
use vigil_app::server::ServerAddress;
use vigil_wire::{ClientFrame, ServerFrame};

type Bytes = Box<dyn ByteStream>;

/// What does not come within two minutes (of virtual time, where time is virtual) never comes.
pub async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), event).await.expect("this never came")
}

/// The server's side of the door.
pub struct FakeServer {
    door: Door,
}

enum Door {
    Memory(mpsc::UnboundedReceiver<Bytes>),
    Loopback(TcpListener),
}

/// A way to the server that can be closed.
pub struct Way {
    to_server: mpsc::UnboundedSender<Bytes>,
    open: AtomicBool,
    tries: AtomicUsize,
}

/// One client whose handshake was accepted.
pub struct Client {
    pub authorization: String,
    socket: WebSocketStream<Bytes>,
}

impl FakeServer {
    pub fn in_memory() -> (FakeServer, Arc<Way>) {
        let (to_server, arriving) = mpsc::unbounded_channel();
        let way = Way { to_server, open: AtomicBool::new(true), tries: AtomicUsize::new(0) };
        (FakeServer { door: Door::Memory(arriving) }, Arc::new(way))
    }

    pub async fn on_loopback() -> (FakeServer, ServerAddress) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("ws://{}", listener.local_addr().unwrap());
        (FakeServer { door: Door::Loopback(listener) }, ServerAddress::parse(&address).unwrap())
    }

    async fn arrival(&mut self) -> Bytes {
        match &mut self.door {
            Door::Memory(arriving) => soon(arriving.recv()).await.unwrap(),
            Door::Loopback(listener) => Box::new(soon(listener.accept()).await.unwrap().0),
        }
    }

    pub async fn accept(&mut self) -> Client {
        let mut authorization = String::new();
        let bytes = self.arrival().await;
        #[allow(clippy::result_large_err)]
        let greet = |request: &Request, mut response: Response| {
            let field =
                |name| request.headers().get(name).map(|v: &HeaderValue| v.to_str().unwrap().to_owned());
            assert_eq!(request.uri().path(), "/ws");
            assert_eq!(request.uri().query(), None, "no token in a URL");
            assert_eq!(field(header::SEC_WEBSOCKET_PROTOCOL).as_deref(), Some(vigil_wire::SUBPROTOCOL));
            authorization = field(header::AUTHORIZATION).unwrap_or_default();
            response
                .headers_mut()
                .insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(vigil_wire::SUBPROTOCOL));
            Ok(response)
        };
        let socket = accept_hdr_async(bytes, greet).await.unwrap();
        Client { authorization, socket }
    }

    /// Answers a handshake with an HTTP status.
    pub async fn refuse(&mut self, status: StatusCode) {
        let bytes = self.arrival().await;
        #[allow(clippy::result_large_err)]
        let refuse = |_: &Request, _: Response| -> Result<Response, ErrorResponse> {
            let mut answer = ErrorResponse::new(None);
            *answer.status_mut() = status;
            Err(answer)
        };
        assert!(accept_hdr_async(bytes, refuse).await.is_err());
    }
}

impl Way {
    pub fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::SeqCst);
    }

    /// How often a client tried to come in.
    pub fn tries(&self) -> usize {
        self.tries.load(Ordering::SeqCst)
    }
}

impl Dial for Way {
    fn dial(&self, _: ServerAddress) -> Dialed {
        self.tries.fetch_add(1, Ordering::SeqCst);
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let reached = self.open.load(Ordering::SeqCst) && self.to_server.send(Box::new(theirs)).is_ok();
        Box::pin(async move {
            match reached {
                true => Ok(Box::new(ours) as Bytes),
                false => Err(io::ErrorKind::ConnectionRefused.into()),
            }
        })
    }
}

impl Client {
    pub async fn say(&mut self, frame: &ServerFrame) {
        self.say_text(&serde_json::to_string(frame).unwrap()).await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next thing the client says; heartbeats are answered on the way.
    pub async fn hear(&mut self) -> ClientFrame {
        loop {
            match self.hear_any().await.expect("the client has closed") {
                ClientFrame::Ping { n } => self.say(&ServerFrame::Pong { n, now: 0 }).await,
                other => return other,
            }
        }
    }

    /// `None`: the client has closed.
    pub async fn hear_any(&mut self) -> Option<ClientFrame> {
        loop {
            match soon(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    pub async fn close(mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        self.socket.close(Some(frame)).await.unwrap();
    }

    /// Cuts the connection without a word.
    pub fn cut(self) {}
}
