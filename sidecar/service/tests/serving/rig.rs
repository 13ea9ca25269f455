//! A server under test and a Redis of its own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use vigil_publish::LogShape;
use vigil_sidecar::auth::issue_token;
use vigil_sidecar::clock::MongoClock;
use vigil_sidecar::config::{Auth, AuthKey};
use vigil_sidecar::http::{ServeConfig, Serving, serve};
use vigil_sidecar::publisher::{Publication, Publisher};
use vigil_sidecar::secret::Secret;
use vigil_wire::{BoardSchema, MetricPatch, RedisState, SourceState, Value};

pub fn auth() -> Auth {
    Auth {
        key: AuthKey::Shared(Secret::new("0123456789abcdef0123456789abcdef")),
        algorithms: vec!["HS256".into()],
        role_claim: "role".into(),
        role: "admin".into(),
        issuer: None,
        audience: None,
    }
}

pub fn token(role: &str, ttl_s: u64) -> String {
    issue_token(&auth(), "ada", role, Duration::from_secs(ttl_s)).unwrap()
}

pub fn schema() -> BoardSchema {
    let metric = |id: &str, class: &str| {
        format!(
            r#"{{"id":"{id}","title":{{}},"short":null,"help":null,"unit":null,"format":{{"kind":"text"}},
            "tier":"critical","class":"{class}","good":"none","hidden":false,"labels":null,
            "by":[{{"name":"site","labels":null,"names":null,"unit":null}}],"of":null,"second":null,
            "share":false,"statistic":null}}"#
        )
    };
    let text = format!(
        r#"{{"id":"b","hash":"cafe","title":{{}},"timezone":"UTC","headline":null,
        "promise_ms":[5000,30000,300000,900000],"labels":{{}},"groups":[],"panels":[],"metrics":[{},{},{}]}}"#,
        metric("open", "public"),
        metric("inner", "internal"),
        metric("secret", "sensitive"),
    );
    serde_json::from_str(&text).unwrap()
}

pub struct Rig {
    pub publisher: Publisher,
    pub serving: Serving,
    pub source: watch::Sender<SourceState>,
}

pub async fn start(change: impl FnOnce(&mut ServeConfig)) -> Rig {
    let mut config = ServeConfig::new("127.0.0.1:0".parse().unwrap(), auth());
    change(&mut config);
    let (source, following) = watch::channel(SourceState::Starting);
    let (publisher, serving) = serve(config, schema(), MongoClock::new(), following).await.unwrap();
    Rig { publisher, serving, source }
}

impl Rig {
    pub async fn set(&self, i: u32, n: i64) {
        let patches = vec![MetricPatch { i, v: Some(Value::Int(n)), g: vec![], gone: vec![] }];
        self.publisher.publish(Publication { patches, ..Publication::default() }).await;
    }

    pub async fn redis_is(&self, state: RedisState) {
        let mut states = self.publisher.redis_state();
        let waited =
            tokio::time::timeout(Duration::from_secs(15), states.wait_for(|now| *now == state)).await;
        drop(waited.unwrap_or_else(|_| panic!("Redis never became {state:?}")).unwrap());
    }

    /// A request without a body; the whole answer as text.
    pub async fn http(&self, request: &str) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(self.serving.local_addr()).await.unwrap();
        stream
            .write_all(format!("{request}\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// A redis-server without persistence, killed when this is dropped.
pub struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    pub fn start() -> Redis {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Redis { child: spawn(port), port }
    }

    pub fn url(&self) -> Secret {
        Secret::new(format!("redis://127.0.0.1:{}/", self.port))
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Empty, on the same port.
    pub fn restart(&mut self) {
        self.child = spawn(self.port);
    }

    pub fn signal(&self, signal: i32) {
        let done =
            Command::new("kill").args([format!("-{signal}"), self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    pub fn connection(&self) -> redis::Connection {
        redis::Client::open(self.url().expose()).unwrap().get_connection().unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn spawn(port: u16) -> Child {
    let arguments = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"];
    let child = Command::new("/usr/bin/redis-server")
        .args(arguments)
        .arg(port.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}/")).unwrap();
    while client.get_connection().is_err() {
        assert!(Instant::now() < deadline, "redis-server did not start");
        std::thread::yield_now();
    }
    child
}

/// Short times, so that tests are quick.
pub fn quick() -> LogShape {
    LogShape { lease_ms: 900, ..LogShape::default() }
}
