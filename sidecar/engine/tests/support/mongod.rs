//! A real mongod for one test. The binary is `VIGIL_MONGOD`, or `~/.cache/vigil/mongodb/bin/mongod`.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bson::{Document, doc};
use futures_util::TryStreamExt;
use mongodb::{Client, Collection};
use tempfile::TempDir;

/// A replica set of one; killed when dropped.
pub struct Mongod {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Mongod {
    pub async fn start() -> Mongod {
        let binary = std::env::var_os("VIGIL_MONGOD").map_or_else(
            || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/vigil/mongodb/bin/mongod"),
            PathBuf::from,
        );
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(&binary)
            .args(["--replSet", "rs0", "--bind_ip", "127.0.0.1", "--port", &port.to_string()])
            .args(["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "50"])
            .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
            .arg("--dbpath")
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let mongod = Mongod { child, port, _folder: folder };
        let direct = mongod.client("directConnection=true").await;
        let host = format!("127.0.0.1:{port}");
        let config = doc! {"_id": "rs0", "members": [{"_id": 0, "host": host}]};
        direct.database("admin").run_command(doc! {"replSetInitiate": config}).await.unwrap();
        mongod
    }

    pub async fn client(&self, options: &str) -> Client {
        Client::with_uri_str(format!("mongodb://127.0.0.1:{}/?{options}", self.port)).await.unwrap()
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        // Gone already is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[allow(dead_code, reason = "not every suite asks")]
pub async fn ask(collection: &Collection<Document>, pipeline: &[Document]) -> Vec<Document> {
    let cursor = collection.aggregate(pipeline.to_vec()).await;
    let cursor = cursor.unwrap_or_else(|error| panic!("{pipeline:?}: {error}"));
    cursor.try_collect().await.unwrap()
}
