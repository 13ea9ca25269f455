use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use vigil_session::{ClientEvent, ClientOutput, ClientSession, Moment, Wanted};
use vigil_wire::{MetricState, SUBPROTOCOL, Value};

use super::PATIENCE;
use super::error::{Failure, Outcome, While};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One client of the sidecar: the same session core as the desktop app's, over a real socket.
pub struct Client {
    session: ClientSession,
    socket: Socket,
    url: String,
    token: String,
    started: Instant,
    events: VecDeque<ClientEvent>,
}

impl Client {
    /// Connects, signs in, subscribes to everything, and waits for the first state.
    pub async fn connect(url: &str, token: &str) -> Outcome<Client> {
        let mut client = Client {
            session: ClientSession::new(Wanted::default()),
            socket: open(url).await?,
            url: url.to_owned(),
            token: token.to_owned(),
            started: Instant::now(),
            events: VecDeque::new(),
        };
        client.sign_in().await?;
        client.until("a first state", PATIENCE, |client| client.session.replica().name().is_some()).await?;
        Ok(client)
    }

    /// Connects again, with the state it has, as an app does after a lost line; waits until it is let in.
    pub async fn reconnect(&mut self) -> Outcome<()> {
        let _next = self.session.ended(vigil_session::Ending::Lost, 0);
        self.socket = open(&self.url).await?;
        self.sign_in().await?;
        self.until("a welcome", PATIENCE, |client| client.session.is_in()).await
    }

    pub fn session(&self) -> &ClientSession {
        &self.session
    }

    /// `(epoch, seq)` of the state it has.
    pub fn state(&self) -> Option<(String, u64)> {
        self.session.replica().name().map(|(epoch, seq)| (epoch.to_owned(), seq))
    }

    /// A metric's state, by its id.
    pub fn metric(&self, id: &str) -> Option<&MetricState> {
        let replica = self.session.replica();
        let index = replica.schema()?.metrics.iter().position(|metric| metric.id == id)?;
        replica.metrics().get(index)
    }

    /// A metric's total, by its id.
    pub fn value(&self, id: &str) -> Option<&Value> {
        self.metric(id).map(|state| &state.total)
    }

    /// A count or another whole number, by its id.
    pub fn count(&self, id: &str) -> Outcome<i64> {
        match self.value(id) {
            Some(Value::Int(count)) => Ok(*count),
            other => Err(Failure(format!("{id} is no whole number: {other:?}"))),
        }
    }

    /// Takes frames until `done`; an error when that takes longer than `within` or the line ends.
    pub async fn until(
        &mut self,
        what: &str,
        within: Duration,
        done: impl Fn(&Client) -> bool,
    ) -> Outcome<()> {
        let deadline = Instant::now() + within;
        while !done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, self.step()).await {
                Ok(stepped) => stepped?,
                Err(_) => {
                    return Err(Failure(format!("no {what} within {within:?}; state: {:?}", self.state())));
                }
            }
        }
        Ok(())
    }

    /// The next thing that happened.
    pub async fn event(&mut self, within: Duration) -> Outcome<ClientEvent> {
        self.until("event", within, |client| !client.events.is_empty()).await?;
        self.events.pop_front().ok_or_else(|| Failure::new("no event"))
    }

    /// Forgets what has happened so far.
    pub fn forget_events(&mut self) {
        self.events.clear();
    }

    async fn sign_in(&mut self) -> Outcome<()> {
        let token = self.token.clone();
        let outputs = self.session.opened(self.moment(), Some(token));
        self.carry_out(outputs).await
    }

    /// One frame, or one deadline of the session.
    async fn step(&mut self) -> Outcome<()> {
        let deadline = self.session.deadline().map(|ms| self.started + Duration::from_millis(ms));
        let deadline = deadline.unwrap_or_else(|| Instant::now() + PATIENCE);
        let outputs = tokio::select! {
            message = self.socket.next() => match message {
                Some(Ok(Message::Text(text))) => self.session.text(self.moment(), &text),
                Some(Ok(Message::Close(frame))) => {
                    return Err(Failure(format!("the sidecar closed the connection: {frame:?}")));
                }
                Some(Ok(_)) => {
                    self.session.heard(self.moment());
                    Vec::new()
                }
                Some(Err(cause)) => return Err(Failure(format!("the connection broke: {cause}"))),
                None => return Err(Failure::new("the connection ended")),
            },
            () = tokio::time::sleep_until(deadline.into()) => self.session.tick(self.moment()),
        };
        self.carry_out(outputs).await
    }

    async fn carry_out(&mut self, outputs: Vec<ClientOutput>) -> Outcome<()> {
        for output in outputs {
            match output {
                ClientOutput::Send(frame) => {
                    let text = serde_json::to_string(&frame).doing("encode a frame")?;
                    self.socket.send(Message::Text(Utf8Bytes::from(text))).await.doing("send a frame")?;
                }
                ClientOutput::Event(event) => self.events.push_back(event),
                ClientOutput::Abandon { why } => return Err(Failure::new(why)),
            }
        }
        Ok(())
    }

    fn moment(&self) -> Moment {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Moment {
            elapsed_ms: millis(self.started.elapsed()),
            wall_ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX),
        }
    }
}

/// A socket on which nothing has been said yet.
pub async fn open(url: &str) -> Outcome<Socket> {
    let mut request = url.into_client_request().doing("read the address")?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(SUBPROTOCOL));
    let connecting = tokio::time::timeout(PATIENCE, connect_async(request)).await;
    let (socket, _) = connecting.doing("connect to the sidecar")?.doing("connect to the sidecar")?;
    Ok(socket)
}
