use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bson::{Document, doc};
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use tempfile::TempDir;

use super::authority::Authority;
use super::error::{Failure, Outcome, While};
use super::paths::mongod_binary;
use super::{PATIENCE, Process, free_port};

const REPLICA_SET: &str = "rs0";
/// mongod's exit code when its port is taken.
const TAKEN: i32 = 48;

/// What kind of mongod to start.
#[derive(Debug, Clone)]
pub struct MongodOptions {
    /// Without it, a standalone server, which has no change streams.
    pub replica_set: bool,
    /// Users must sign in: `root` as [`Mongod::ROOT`], others by [`Mongod::add_watcher`].
    pub auth: bool,
    /// Only TLS, with a certificate that this authority signed.
    pub tls: Option<Arc<Authority>>,
    /// Megabytes; with 1, history is lost after about 18 MB of writes.
    pub oplog_mb: Option<u32>,
    /// Further command-line arguments.
    pub arguments: Vec<String>,
    /// Where the data lives; a folder of its own that is deleted at the end when absent.
    pub data: Option<PathBuf>,
}

impl Default for MongodOptions {
    fn default() -> Self {
        MongodOptions {
            replica_set: true,
            auth: false,
            tls: None,
            oplog_mb: None,
            arguments: Vec::new(),
            data: None,
        }
    }
}

/// One mongod, by itself a whole replica set unless asked otherwise.
pub struct Mongod {
    process: Process,
    port: u16,
    options: MongodOptions,
    data: PathBuf,
    // Dropped after the process.
    _own: Option<TempDir>,
}

impl Mongod {
    /// User name and password of the one who may do everything, with `auth`.
    pub const ROOT: (&'static str, &'static str) = ("root", "root-password");

    /// A one-node replica set in a folder of its own.
    pub async fn start() -> Outcome<Mongod> {
        Mongod::start_with(MongodOptions::default()).await
    }

    pub async fn start_with(options: MongodOptions) -> Outcome<Mongod> {
        let own = match &options.data {
            Some(_) => None,
            None => Some(TempDir::with_prefix("vigil-mongod-").doing("make a folder for MongoDB")?),
        };
        let data = match (&options.data, &own) {
            (Some(data), _) => data.clone(),
            (None, Some(own)) => own.path().to_owned(),
            (None, None) => return Err(Failure::new("no folder for MongoDB")),
        };
        std::fs::create_dir_all(&data).doing("make a folder for MongoDB")?;
        let (process, port) = launch_on_free_port(&options, &data).await?;
        let mongod = Mongod { process, port, options, data, _own: own };
        mongod.set_up().await?;
        Ok(mongod)
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub fn process(&self) -> &Process {
        &self.process
    }

    /// For clients that may do everything.
    pub fn uri(&self) -> String {
        match self.options.auth {
            true => self.uri_as(Self::ROOT.0, Self::ROOT.1),
            false => format!("mongodb://{}/{}", self.address(), self.query("")),
        }
    }

    /// For clients that sign in.
    pub fn uri_as(&self, user: &str, password: &str) -> String {
        format!("mongodb://{user}:{password}@{}/{}", self.address(), self.query("authSource=admin"))
    }

    /// The same without a word about TLS: a sidecar has that in its configuration.
    pub fn uri_without_tls_as(&self, user: &str, password: &str) -> String {
        format!("mongodb://{user}:{password}@{}/{}", self.address(), self.set_query("authSource=admin"))
    }

    /// For clients that go through `proxy`: a driver asks the set for its members' addresses unless told not to.
    pub fn uri_through(&self, proxy: SocketAddr) -> String {
        format!("mongodb://{proxy}/?directConnection=true")
    }

    pub async fn client(&self) -> Outcome<Client> {
        connect(&self.uri()).await
    }

    pub async fn database(&self, name: &str) -> Outcome<Database> {
        Ok(self.client().await?.database(name))
    }

    /// Adds a user with the least rights that the sidecar needs: `find` and `changeStream` on one database.
    pub async fn add_watcher(&self, user: &str, password: &str, database: &str) -> Outcome<()> {
        let admin = self.database("admin").await?;
        let role = format!("watch-{database}");
        let rights = doc! {
            "createRole": &role, "roles": [],
            "privileges": [{
                "resource": { "db": database, "collection": "" },
                "actions": ["find", "changeStream"],
            }],
        };
        run(&admin, rights).await?;
        run(&admin, doc! { "createUser": user, "pwd": password, "roles": [role] }).await
    }

    /// Ends it as a crash would.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Ends it in good order.
    pub async fn stop(&mut self) -> Outcome<()> {
        self.process.stop(PATIENCE).await.map(|_| ())
    }

    /// Starts it again after `kill` or `stop`, with its data, on the same port.
    pub async fn restart(&mut self) -> Outcome<()> {
        self.process.kill().await;
        self.process = launch(&self.options, &self.data, self.port).await?;
        self.wait_for_primary().await
    }

    /// Holds every thread of it (SIGSTOP): connections stay, nothing answers.
    pub fn freeze(&self) {
        self.process.signal(libc::SIGSTOP);
    }

    pub fn thaw(&self) {
        self.process.signal(libc::SIGCONT);
    }

    fn query(&self, more: &str) -> String {
        self.set_query(&[more, &self.tls_query()].join("&"))
    }

    fn tls_query(&self) -> String {
        let authority = self.options.tls.as_ref();
        authority.map(|of| format!("tls=true&tlsCAFile={}", of.certificate().display())).unwrap_or_default()
    }

    fn set_query(&self, more: &str) -> String {
        let set = match self.options.replica_set {
            true => format!("replicaSet={REPLICA_SET}"),
            false => "directConnection=true".to_owned(),
        };
        let parts = std::iter::once(set.as_str()).chain(more.split('&')).filter(|part| !part.is_empty());
        format!("?{}", parts.collect::<Vec<_>>().join("&"))
    }

    async fn set_up(&self) -> Outcome<()> {
        let query = ["directConnection=true".to_owned(), self.tls_query()].join("&");
        let direct = format!("mongodb://{}/?{}", self.address(), query.trim_end_matches('&'));
        let direct = connect(&direct).await?;
        let admin = direct.database("admin");
        if self.options.replica_set {
            let member = doc! { "_id": 0, "host": self.address().to_string() };
            let set = doc! { "replSetInitiate": { "_id": REPLICA_SET, "members": [member] } };
            match admin.run_command(set).await {
                Ok(_) => {}
                // The data folder was used before.
                Err(known) if known.to_string().contains("AlreadyInitialized") => {
                    return self.wait_for_primary().await;
                }
                Err(other) => return Err(Failure(format!("make a replica set: {other}"))),
            }
        }
        if self.options.auth {
            await_writable(&admin).await?;
            let root = doc! { "createUser": Self::ROOT.0, "pwd": Self::ROOT.1, "roles": ["root"] };
            run(&admin, root).await?;
        }
        self.wait_for_primary().await
    }

    /// The driver's own server selection waits for the election.
    async fn wait_for_primary(&self) -> Outcome<()> {
        let admin = self.database("admin").await?;
        run(&admin, doc! { "ping": 1 }).await
    }
}

/// A driver's client that takes a minute to find its server before it gives up.
pub async fn connect(uri: &str) -> Outcome<Client> {
    let mut options = ClientOptions::parse(uri).await.doing("read the MongoDB address")?;
    options.server_selection_timeout = Some(PATIENCE);
    options.app_name.get_or_insert_with(|| "vigil-tests".to_owned());
    Client::with_options(options).doing("make a MongoDB client")
}

async fn run(database: &Database, command: Document) -> Outcome<()> {
    let name = command.keys().next().cloned().unwrap_or_default();
    database.run_command(command).await.doing(name).map(|_| ())
}

/// A directly connected client may write only once the set has elected its one member; the server
/// holds the `hello` back until its topology changes (exhaust-style waiting).
async fn await_writable(admin: &Database) -> Outcome<()> {
    let mut hello = doc! { "hello": 1 };
    loop {
        let answer = admin.run_command(hello).await.doing("hello")?;
        if answer.get_bool("isWritablePrimary").unwrap_or(false) {
            return Ok(());
        }
        let version = answer.get_document("topologyVersion").doing("hello's topologyVersion")?;
        hello = doc! { "hello": 1, "topologyVersion": version.clone(), "maxAwaitTimeMS": 10_000 };
    }
}

async fn launch_on_free_port(options: &MongodOptions, data: &Path) -> Outcome<(Process, u16)> {
    // Somebody else may take the port between our look and mongod's.
    for _ in 0..4 {
        let port = free_port()?;
        match launch(options, data, port).await {
            Ok(process) => return Ok((process, port)),
            Err(taken) if taken.0.contains(&format!("exit code {TAKEN}")) => {}
            Err(other) => return Err(other),
        }
    }
    Err(Failure::new("four free ports in a row were taken before mongod had them"))
}

async fn launch(options: &MongodOptions, data: &Path, port: u16) -> Outcome<Process> {
    let mut command = Command::new(mongod_binary()?);
    command
        .args(["--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.25", "--port"])
        .arg(port.to_string());
    // Fewer threads and no diagnostics: several of these share two cores.
    command.args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
    command.arg("--dbpath").arg(data);
    if options.replica_set {
        command.args(["--replSet", REPLICA_SET]);
    }
    if let Some(megabytes) = options.oplog_mb {
        command.args(["--oplogSize", &megabytes.to_string()]);
    }
    if options.auth {
        command.arg("--auth");
        if options.replica_set {
            command.arg("--keyFile").arg(key_file(data)?);
        }
    }
    if let Some(authority) = &options.tls {
        command.args(["--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates"]);
        command.arg("--tlsCertificateKeyFile").arg(authority.server());
        command.arg("--tlsCAFile").arg(authority.certificate());
    }
    command.args(&options.arguments);
    let mut process = Process::start("mongod", command)?;
    let ready = |line: &str| line.contains("Waiting for connections").then_some(());
    process.line("readiness", PATIENCE + Duration::from_secs(30), ready).await?;
    Ok(process)
}

/// What members of a set show each other; mongod wants it unreadable for others.
fn key_file(data: &Path) -> Outcome<PathBuf> {
    use std::io::Write;
    let path = data.join("set.key");
    if !path.exists() {
        let mut options = std::fs::OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o400).open(&path).doing("write the set's key")?;
        file.write_all(b"bm90LWEtc2VjcmV0LW9ubHktZm9yLXRlc3Rz").doing("write the set's key")?;
    }
    Ok(path)
}
