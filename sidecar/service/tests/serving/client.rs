//! A client over a real socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use vigil_session::{ClientOutput, ClientSession, Moment, Wanted};
use vigil_wire::{Diff, ServerFrame, Snapshot};

use crate::rig::{Rig, token};

pub struct Client(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

/// With these further header lines.
pub async fn dial(rig: &Rig, path: &str, headers: &[(&'static str, String)]) -> Result<Client, u16> {
    let mut request = format!("ws://{}{path}", rig.serving.local_addr()).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, response)) => {
            let asked = headers.iter().any(|(name, _)| *name == "sec-websocket-protocol");
            assert_eq!(response.headers().contains_key("sec-websocket-protocol"), asked);
            Ok(Client(socket))
        }
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

pub async fn open(rig: &Rig) -> Client {
    dial(rig, "/ws", &[]).await.unwrap()
}

/// Signed in by the handshake's header, `hello` read.
pub async fn signed_in(rig: &Rig) -> Client {
    let headers = [("authorization", format!("Bearer {}", token("admin", 600)))];
    let mut client = dial(rig, "/ws", &headers).await.unwrap();
    assert!(matches!(client.next().await, ServerFrame::Hello(_)));
    client
}

impl Client {
    pub async fn say(&mut self, text: impl Into<String>) {
        // What is said to a socket that the server has closed is lost, as on any network.
        self.0.send(Message::text(text.into())).await.ok();
    }

    pub async fn message(&mut self) -> Option<Message> {
        let waited = tokio::time::timeout(Duration::from_secs(15), self.0.next()).await;
        waited.expect("something comes").and_then(Result::ok)
    }

    pub async fn next(&mut self) -> ServerFrame {
        loop {
            match self.message().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("no frame but {other:?}"),
            }
        }
    }

    /// The next frame that is neither a status nor a confirmation.
    pub async fn state(&mut self) -> ServerFrame {
        loop {
            match self.next().await {
                ServerFrame::Status(_) | ServerFrame::Confirmed(_) => {}
                other => return other,
            }
        }
    }

    pub async fn snapshot(&mut self) -> Snapshot {
        match self.state().await {
            ServerFrame::Snapshot(snapshot) => snapshot,
            other => panic!("no snapshot but {other:?}"),
        }
    }

    pub async fn diff(&mut self) -> Diff {
        match self.state().await {
            ServerFrame::Diff(diff) => diff,
            other => panic!("no diff but {other:?}"),
        }
    }

    /// Reads to the end; the close code.
    pub async fn code(&mut self) -> u16 {
        loop {
            match self.message().await {
                Some(Message::Close(frame)) => return frame.map_or(0, |frame| frame.code.into()),
                Some(_) => {}
                None => panic!("cut without a close frame"),
            }
        }
    }

    /// Runs the client's side of the protocol until `enough`.
    pub async fn run(&mut self, session: &mut ClientSession, enough: impl Fn(&ClientSession) -> bool) {
        let at = Moment::default();
        while !enough(session) {
            let frame = self.next().await;
            for output in session.frame(at, frame) {
                if let ClientOutput::Send(frame) = output {
                    self.say(serde_json::to_string(&frame).unwrap()).await;
                }
            }
        }
    }
}

pub fn session() -> ClientSession {
    let mut session = ClientSession::new(Wanted::default());
    session.opened(Moment::default(), None);
    session
}
