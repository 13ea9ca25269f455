//! A run loop whose source is a script, and a client that sees what it publishes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bson::{Bson, Document, RawDocumentBuf};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use vigil_capture::{Progress, WatchPlan};
use vigil_engine::{Assigned, Assignment, Change, ChangeKind, Delta};
use vigil_sidecar::auth::issue_token;
use vigil_sidecar::clock::MongoClock;
use vigil_sidecar::config::{Auth, AuthKey};
use vigil_sidecar::http::{ServeConfig, Serving, serve};
use vigil_sidecar::mongo::{HelloSample, MongoConfig, SourceEvent, connect};
use vigil_sidecar::operation::{Ended, Frozen, NotExact, Operation, Parts, Request};
use vigil_sidecar::schema;
use vigil_sidecar::secret::Secret;
use vigil_wire::{AsOf, ClusterTime, MetricPatch, Millis, ServerFrame, SourceState, Tier, Value};

/// Longer than any event of these tests takes.
const LIMIT: Duration = Duration::from_secs(15);
/// What is published comes well within this.
const QUIET: Duration = Duration::from_millis(200);

const BOARD: &str = r#"
[board]
id = "yard"
title = "Yard"
database = "yard"
timezone = "UTC"

[tiers]
standard = "2s"
"#;

pub const fn t(seconds: u32) -> ClusterTime {
    ClusterTime::new(seconds, 0)
}

pub struct Rig {
    events: mpsc::Sender<SourceEvent>,
    requests: mpsc::Sender<Request>,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub view: View,
    names: Vec<String>,
    running: JoinHandle<Ended>,
    _serving: Serving,
}

/// What the client has been told.
#[derive(Debug, Default)]
pub struct View {
    values: BTreeMap<usize, Value>,
    pub as_of: BTreeMap<Tier, AsOf>,
    pub confirmed: BTreeMap<Tier, Millis>,
    pub source: Option<SourceState>,
    pub snapshots: usize,
    pub diffs: usize,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Rig {
    /// A board of these metrics, a source of which no document can be read again, no Redis.
    pub async fn start(metrics: &[(&str, &str)]) -> Rig {
        Rig::with(metrics, "mongodb://127.0.0.1:1/?directConnection=true", |_| ()).await
    }

    pub async fn with(metrics: &[(&str, &str)], uri: &str, change: impl FnOnce(&mut ServeConfig)) -> Rig {
        let metric = |(id, lines): &(&str, &str)| {
            format!("[[metric]]\nid = \"{id}\"\ntitle = \"T\"\nhidden = true\n{lines}\n")
        };
        let text = BOARD.to_owned() + &metrics.iter().map(metric).collect::<String>();
        let board = vigil_board::parse("yard.toml", &text).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let mut mongo = MongoConfig::new(uri, Arc::new(WatchPlan::of(&board)));
        mongo.server_selection_timeout = Duration::from_millis(300);
        let source = connect(mongo).await.unwrap();
        let auth = Auth {
            key: AuthKey::Shared(Secret::new("0123456789abcdef0123456789abcdef")),
            algorithms: vec!["HS256".into()],
            role_claim: "role".into(),
            role: "admin".into(),
            issuer: None,
            audience: None,
        };
        let token = issue_token(&auth, "ada", "admin", Duration::from_secs(600)).unwrap();
        let mut config = ServeConfig::new("127.0.0.1:0".parse().unwrap(), auth);
        change(&mut config);
        let own = config.own.clone();
        let (health, following) = watch::channel(SourceState::Starting);
        let clock = MongoClock::new();
        let (publisher, serving) = serve(config, schema::of(&board), clock.clone(), following).await.unwrap();
        let (events, from_source) = mpsc::channel(1);
        let (requests, from_askers) = mpsc::channel(1);
        let parts = Parts {
            board: Arc::new(board),
            source,
            events: from_source,
            requests: from_askers,
            publisher,
            clock,
            health,
            own,
        };
        let running = tokio::spawn(Operation::new(parts).run());
        let socket = subscribed(&serving, &token).await;
        let names = metrics.iter().map(|(id, _)| (*id).to_owned()).collect();
        Rig { events, requests, socket, view: View::default(), names, running, _serving: serving }
    }

    /// Tells events and waits until what they lead to is published.
    pub async fn tell(&mut self, events: impl IntoIterator<Item = SourceEvent>) {
        for event in events {
            self.events.send(event).await.unwrap();
        }
        // An empty channel: the last event was taken. A request is answered once it is done with.
        drop(self.events.reserve().await.unwrap());
        drop(self.freeze().await);
    }

    pub async fn freeze(&self) -> Result<Frozen, NotExact> {
        let (reply, frozen) = oneshot::channel();
        self.requests.send(Request::Freeze(reply)).await.unwrap();
        frozen.await.unwrap()
    }

    /// The whole read of an empty collection at `at`, ended at `synced`.
    pub async fn scan(&mut self, at: u32, synced: u32) {
        let collection = || "jobs".to_owned();
        self.tell([
            SourceEvent::ScanBegin { collection: collection(), at: t(at) },
            SourceEvent::ScanEnd { collection: collection() },
            SourceEvent::Synced { at: t(synced) },
        ])
        .await;
    }

    pub async fn batch(&mut self, complete: u32, changes: Vec<Change>) {
        self.tell([SourceEvent::Batch(Progress { changes, complete: t(complete), ..Progress::default() })])
            .await;
    }

    /// MongoDB says at `local_time` that its last write was at `majority`.
    pub async fn hello(&mut self, majority: u32, local_time: Millis) {
        let (round_trip, taken) = (Duration::ZERO, Instant::now());
        let sample = HelloSample { local_time, majority: t(majority), round_trip, taken };
        self.tell([SourceEvent::Hello(sample)]).await;
    }

    pub async fn down(&mut self) {
        let retry_in = Duration::from_secs(1);
        self.tell([SourceEvent::Down { message: "gone".into(), retry_in }]).await;
    }

    /// Reads until the client has been told so.
    pub async fn until(&mut self, what: &str, told: impl Fn(&Told<'_>) -> bool) {
        let deadline = tokio::time::Instant::now() + LIMIT;
        while !told(&Told { view: &self.view, names: &self.names }) {
            let frame = tokio::time::timeout_at(deadline, next(&mut self.socket)).await;
            let Ok(frame) = frame else { panic!("never: {what}; {:?}", self.view) };
            self.view.take(frame);
        }
    }

    /// Reads until nothing has come for a while.
    pub async fn settle(&mut self) {
        while let Ok(frame) = tokio::time::timeout(QUIET, next(&mut self.socket)).await {
            self.view.take(frame);
        }
    }

    pub fn value(&self, metric: &str) -> Option<&Value> {
        Told { view: &self.view, names: &self.names }.value(metric)
    }
}

/// The view by names.
pub struct Told<'a> {
    pub view: &'a View,
    names: &'a [String],
}

impl<'a> Told<'a> {
    pub fn value(&self, metric: &str) -> Option<&'a Value> {
        let metric = self.names.iter().position(|name| name == metric).unwrap();
        self.view.values.get(&metric).filter(|value| !matches!(value, Value::None(_)))
    }
}

impl View {
    fn take(&mut self, frame: ServerFrame) {
        let (metrics, as_of, confirmed) = match frame {
            ServerFrame::Status(status) => {
                self.source = Some(status.source.state);
                return;
            }
            ServerFrame::Snapshot(snapshot) => {
                self.snapshots += 1;
                (snapshot.metrics, snapshot.as_of, snapshot.confirmed)
            }
            ServerFrame::Diff(diff) => {
                self.diffs += 1;
                (diff.metrics, diff.as_of, diff.confirmed)
            }
            ServerFrame::Confirmed(confirmed) => (Vec::new(), BTreeMap::new(), confirmed.confirmed),
            other => panic!("{other:?}"),
        };
        for MetricPatch { i, v, .. } in metrics {
            self.values.extend(v.map(|value| (usize::try_from(i).unwrap(), value)));
        }
        self.as_of.extend(as_of);
        self.confirmed.extend(confirmed);
    }
}

async fn subscribed(serving: &Serving, token: &str) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let mut request = format!("ws://{}/ws", serving.local_addr()).into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    assert!(matches!(next(&mut socket).await, ServerFrame::Hello(_)));
    socket.send(Message::text(r#"{"type":"subscribe","board":"yard"}"#)).await.unwrap();
    socket
}

async fn next(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> ServerFrame {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn change(at: u32, kind: ChangeKind) -> Change {
    Change { collection: "jobs".into(), at: t(at), kind }
}

pub fn put(at: u32, document: Document) -> Change {
    let id = document.get("_id").unwrap().clone();
    change(at, ChangeKind::Put { id, document: RawDocumentBuf::try_from(&document).unwrap() })
}

pub fn delete(at: u32, id: i32) -> Change {
    change(at, ChangeKind::Delete { id: id.into() })
}

pub fn clear(at: u32) -> Change {
    change(at, ChangeKind::Clear)
}

/// An update that does not say what the field is now.
pub fn withheld(at: u32, id: impl Into<Bson>, path: &str) -> Change {
    let set = vec![Assignment { path: path.into(), value: Assigned::Withheld }];
    change(at, ChangeKind::Update { id: id.into(), delta: Delta { set, ..Delta::default() } })
}
