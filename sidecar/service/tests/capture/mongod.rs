use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};

use bson::{Document, doc};
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use tempfile::TempDir;

/// A mongod of its own port and files; dropping it kills it and removes them.
pub struct Mongod {
    child: Child,
    arguments: Vec<String>,
    pub port: u16,
    directory: TempDir,
}

impl Mongod {
    /// A replica set of one.
    pub async fn replica_set() -> Self {
        let mongod = Mongod::start(&["--replSet", "rs0"], None);
        mongod.initiate().await;
        mongod
    }

    /// One replica set for all tests that harm nobody; it lives as long as one of them uses it.
    pub async fn shared() -> Arc<Self> {
        static SHARED: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        static RUNNING: Mutex<Weak<Mongod>> = Mutex::new(Weak::new());
        let _starting = SHARED.lock().await;
        if let Some(running) = RUNNING.lock().unwrap().upgrade() {
            return running;
        }
        let started = Arc::new(Mongod::replica_set().await);
        *RUNNING.lock().unwrap() = Arc::downgrade(&started);
        started
    }

    /// `key`: the content of a key file; with it users have to sign in.
    pub fn start(arguments: &[&str], key: Option<&str>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut all: Vec<String> = ["--bind_ip", "127.0.0.1", "--quiet", "--wiredTigerCacheSizeGB", "0.25"]
            .map(str::to_owned)
            .into();
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        if !arguments.contains(&"--oplogSize") {
            all.extend(["--oplogSize", "100"].map(str::to_owned));
        }
        all.extend(["--port".into(), port.to_string()]);
        all.extend(["--dbpath".into(), directory.path().display().to_string()]);
        all.extend(["--logpath".into(), directory.path().join("log").display().to_string()]);
        if let Some(key) = key {
            let path = directory.path().join("key");
            std::fs::write(&path, key).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&path, mode).unwrap();
            all.extend(["--auth".into(), "--keyFile".into(), path.display().to_string()]);
        }
        Mongod { child: spawn(&all), arguments: all, port, directory }
    }

    pub async fn initiate(&self) {
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{}", self.port) };
        let config =
            doc! { "_id": "rs0", "members": [member], "settings": { "electionTimeoutMillis": 1_000 } };
        self.direct().await.database("admin").run_command(doc! { "replSetInitiate": config }).await.unwrap();
        if !self.arguments.contains(&"--auth".to_owned()) {
            self.client().await.database("admin").run_command(doc! { "ping": 1 }).await.unwrap();
        }
    }

    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?replicaSet=rs0", self.port)
    }

    /// Of the test itself; finding the primary may take as long as its election.
    pub async fn client(&self) -> Client {
        Client::with_uri_str(self.uri()).await.unwrap()
    }

    pub async fn direct(&self) -> Client {
        let mut options =
            ClientOptions::parse(format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port))
                .await
                .unwrap();
        options.server_selection_timeout = Some(std::time::Duration::from_secs(30));
        Client::with_options(options).unwrap()
    }

    /// A database of the test's own, empty.
    pub async fn database(&self, name: &str) -> Database {
        let database = self.client().await.database(name);
        database.drop().await.unwrap();
        database
    }

    /// As a power cut.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn restart(&mut self) {
        self.child = spawn(&self.arguments);
    }

    pub fn signal(&self, name: &str) {
        let signalled = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(signalled.success());
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking()
            && let Ok(log) = std::fs::read_to_string(self.directory.path().join("log"))
        {
            let errors =
                log.lines().filter(|line| line.contains("\"s\":\"E\"") || line.contains("\"s\":\"F\""));
            errors.for_each(|line| eprintln!("mongod: {line}"));
        }
    }
}

fn spawn(arguments: &[String]) -> Child {
    let unpacked = || format!("{}/.cache/vigil/mongodb/bin/mongod", std::env::var("HOME").unwrap());
    let binary = std::env::var("VIGIL_MONGOD").unwrap_or_else(|_| unpacked());
    Command::new(binary).args(arguments).stdout(Stdio::null()).spawn().unwrap()
}

/// Documents of a collection in the tracked fields, in the order of `_id`.
pub async fn projected(database: &Database, collection: &str, projection: Document) -> Vec<Document> {
    use futures_util::TryStreamExt;
    let collection = database.collection::<Document>(collection);
    let find = collection.find(doc! {}).projection(projection).sort(doc! { "_id": 1 });
    find.await.unwrap().try_collect().await.unwrap()
}
