//! Signed-in users over TLS, with no right that `vigil-sidecar role` does not print: all of it works, and
//! whatever else those users try is refused.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;

use bson::{Document, doc};
use mongodb::Database;
use mongodb::error::ErrorKind;
use redis::TlsCertificates;
use redis::aio::MultiplexedConnection;
use vigil_tests::harness::{
    Authority, Client, Mongod, MongodOptions, PATIENCE, RedisServer, Secured, Sidecar, SidecarConfig,
    connect, run_once,
};
use vigil_wire::RedisState;

const ROOMS: &str = "rooms";
const NOT_AUTHORIZED: i32 = 13;

/// MongoDB and Redis that take nothing but TLS and signed-in users.
struct Site {
    authority: Arc<Authority>,
    mongod: Mongod,
    redis: RedisServer,
    config: SidecarConfig,
}

impl Site {
    async fn start() -> Site {
        // Both drivers leave the choice to the process.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let authority = Arc::new(Authority::new().unwrap());
        let options = MongodOptions { auth: true, tls: Some(authority.clone()), ..Default::default() };
        let mongod = Mongod::start_with(options).await.unwrap();
        let uri = mongod.uri_without_tls_as("vigil", "mongo-secret");
        let mut config = SidecarConfig::hospital(uri)
            .with_redis("rediss://vigil:redis-secret@127.0.0.1:1/".to_owned())
            .trusting(authority.certificate());

        let line = role(&config, "redis-file").await.replace(">PASSWORD", ">redis-secret");
        let admin = "user admin on >admin-secret ~* &* +@all";
        let users = ["user default off", admin, line.trim()].map(str::to_owned).to_vec();
        let redis =
            RedisServer::start_secured(Secured { authority: authority.clone(), users }).await.unwrap();
        config.redis_url = Some(redis.url_as("vigil", "redis-secret"));

        let create: Document = serde_json::from_str(&role(&config, "json").await).unwrap();
        // serde_json sorts keys, and of a command the first one is its name.
        let mut command = doc! { "createRole": create.get_str("createRole").unwrap() };
        command.extend(create);
        let admin = mongod.database("admin").await.unwrap();
        admin.run_command(command.clone()).await.unwrap();
        let role = command.get_str("createRole").unwrap();
        admin
            .run_command(doc! { "createUser": "vigil", "pwd": "mongo-secret", "roles": [role] })
            .await
            .unwrap();
        Site { authority, mongod, redis, config }
    }

    /// As root, who may write.
    async fn hospital(&self) -> Database {
        self.mongod.database("hospital").await.unwrap()
    }

    /// As the sidecar's own user.
    async fn hospital_as_vigil(&self) -> Database {
        let uri = self.mongod.uri_as("vigil", "mongo-secret");
        connect(&uri).await.unwrap().database("hospital")
    }

    async fn redis_as(&self, user: &str, password: &str) -> MultiplexedConnection {
        let root_cert = Some(std::fs::read(self.authority.certificate()).unwrap());
        let certificates = TlsCertificates { client_tls: None, root_cert };
        let client = redis::Client::build_with_tls(self.redis.url_as(user, password), certificates).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }
}

async fn role(config: &SidecarConfig, format: &str) -> String {
    let ran = run_once(config, &["role", "--format", format]).await.unwrap();
    assert!(ran.status.success(), "{}", said(&ran));
    String::from_utf8(ran.stdout).unwrap()
}

fn said(ran: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
}

async fn in_use(client: &mut Client, count: i64) {
    let what = format!("{count} rooms in use");
    client.until(&what, PATIENCE, |client| client.count("rooms_in_use").ok() == Some(count)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_least_rights_over_tls_are_enough_and_allow_no_write() {
    let site = Site::start().await;
    let hospital = site.hospital().await;
    let rooms = hospital.collection::<Document>(ROOMS);
    rooms.insert_one(doc! { "_id": "K1", "status": "in_use" }).await.unwrap();

    let sidecar = Sidecar::start(&site.config).await.unwrap();
    let mut client = Client::connect(&sidecar.url(), &sidecar.token("secured").await.unwrap()).await.unwrap();
    in_use(&mut client, 1).await;
    let logged = |client: &Client| {
        client.session().replica().status().map(|status| status.redis) == Some(RedisState::Live)
    };
    client.until("a log in Redis", PATIENCE, logged).await.unwrap();
    rooms.insert_one(doc! { "_id": "K2", "status": "in_use" }).await.unwrap();
    in_use(&mut client, 2).await;
    let mut admin = site.redis_as("admin", "admin-secret").await;
    let snapshot: Option<String> = redis::cmd("HGET")
        .arg("vigil:{hospital}:snapshot")
        .arg("rooms_in_use")
        .query_async(&mut admin)
        .await
        .unwrap();
    assert!(snapshot.as_ref().is_some_and(|field| field.contains("\"seq\"")), "{snapshot:?}");
    sidecar.verify().await.unwrap();
    let fresh = run_once(&site.config, &["verify", "--fresh"]).await.unwrap();
    assert!(fresh.status.success(), "{}", said(&fresh));
    assert!(said(&fresh).contains("rooms: 2 documents"), "{}", said(&fresh));
    let checked = sidecar.command(&["check"]).await.unwrap();
    assert!(checked.status.success(), "{}", said(&checked));
    assert!(said(&checked).contains("ok    redis: answers"), "{}", said(&checked));

    // Nothing was refused so far: Redis would have noted it.
    assert_eq!(refusals(&mut admin).await, Vec::<String>::new());
    assert_eq!(sidecar.errors(), Vec::<String>::new());
    for secret in ["mongo-secret", "redis-secret"] {
        assert!(!sidecar.log().contains(secret) && !said(&checked).contains(secret), "{secret} is shown");
    }

    mongodb_refuses_writes(&site).await;
    redis_refuses_the_rest(&site, &mut admin).await;
    assert_eq!(rooms.count_documents(doc! {}).await.unwrap(), 2);
    drop(sidecar);
}

/// What Redis has refused, by its own log.
async fn refusals(admin: &mut MultiplexedConnection) -> Vec<String> {
    let log: Vec<redis::Value> = redis::cmd("ACL").arg("LOG").query_async(admin).await.unwrap();
    log.iter().map(|entry| format!("{entry:?}")).collect()
}

async fn mongodb_refuses_writes(site: &Site) {
    let hospital = site.hospital_as_vigil().await;
    assert_eq!(hospital.collection::<Document>(ROOMS).count_documents(doc! {}).await.unwrap(), 2);
    let elsewhere = hospital.client().database("vigil_elsewhere");
    let local = hospital.client().database("local");
    let tries = [
        (&hospital, doc! { "insert": ROOMS, "documents": [{ "_id": "X" }] }),
        (
            &hospital,
            doc! { "update": ROOMS, "updates": [{ "q": { "_id": "K1" }, "u": { "$set": { "status": "free" } } }] },
        ),
        (&hospital, doc! { "delete": ROOMS, "deletes": [{ "q": {}, "limit": 0 }] }),
        (&hospital, doc! { "findAndModify": ROOMS, "query": { "_id": "K1" }, "remove": true }),
        (&hospital, doc! { "aggregate": ROOMS, "pipeline": [{ "$out": "copy" }], "cursor": {} }),
        (&hospital, doc! { "aggregate": ROOMS, "pipeline": [{ "$merge": "copy" }], "cursor": {} }),
        (
            &hospital,
            doc! { "createIndexes": ROOMS, "indexes": [{ "key": { "status": 1 }, "name": "status" }] },
        ),
        (&hospital, doc! { "create": "made" }),
        (&hospital, doc! { "drop": ROOMS }),
        (&hospital, doc! { "dropDatabase": 1 }),
        (&elsewhere, doc! { "insert": "notes", "documents": [{ "_id": "X" }] }),
        (&elsewhere, doc! { "find": "notes" }),
        (&local, doc! { "find": "oplog.rs", "limit": 1 }),
    ];
    for (database, command) in tries {
        let error = database.run_command(command.clone()).await.err();
        let code = error.as_ref().and_then(|error| match error.kind.as_ref() {
            ErrorKind::Command(refused) => Some(refused.code),
            _ => None,
        });
        assert_eq!(code, Some(NOT_AUTHORIZED), "{command}: {error:?}");
    }
}

async fn redis_refuses_the_rest(site: &Site, admin: &mut MultiplexedConnection) {
    let mut vigil = site.redis_as("vigil", "redis-secret").await;
    let tries: [&[&str]; 10] = [
        &["SET", "vigil:{hospital}:snapshot", "x"],
        &["HGETALL", "vigil:{hospital}:snapshot"],
        &["HSET", "vigil:{other}:snapshot", "a", "b"],
        &["HSET", "sessions", "a", "b"],
        &["DEL", "sessions"],
        &["EVAL", "return 1", "0"],
        &["KEYS", "*"],
        &["CONFIG", "GET", "*"],
        &["FLUSHALL"],
        &["PUBLISH", "channel", "x"],
    ];
    for words in tries {
        let mut command = redis::cmd(words[0]);
        for word in &words[1..] {
            command.arg(*word);
        }
        let answer: redis::RedisResult<redis::Value> = command.query_async(&mut vigil).await;
        let error = answer.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with("NoPerm"), "{words:?}: {error:?}");
    }
    // A script reaches no further than whoever sends it.
    let load = redis::cmd("SCRIPT").arg("LOAD").arg("return redis.call('SET', KEYS[1], 'x')").to_owned();
    let script: String = load.query_async(&mut vigil).await.unwrap();
    let sent: redis::RedisResult<redis::Value> =
        redis::cmd("EVALSHA").arg(script).arg(1).arg("vigil:{hospital}:leader").query_async(&mut vigil).await;
    assert!(sent.is_err(), "{sent:?}");
    assert!(refusals(admin).await.len() >= tries.len(), "Redis notes what it refuses");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_right_of_the_role_can_be_left_out() {
    let site = Site::start().await;
    let admin = site.mongod.database("admin").await.unwrap();
    site.hospital().await.collection::<Document>(ROOMS).insert_one(doc! { "_id": "K1" }).await.unwrap();
    let check = async |actions: &[&str]| {
        let resource = doc! { "db": "hospital", "collection": "" };
        let rights = doc! { "updateRole": "vigil-watch-hospital", "privileges": [{ "resource": resource, "actions": actions }] };
        admin.run_command(rights).await.unwrap();
        run_once(&site.config, &["check"]).await.unwrap()
    };
    let whole = check(&["find", "changeStream"]).await;
    assert!(whole.status.success(), "{}", said(&whole));
    for part in ["find", "changeStream"] {
        let checked = check(&[part]).await;
        assert!(!checked.status.success(), "{part} alone is enough:\n{}", said(&checked));
        assert!(said(&checked).contains("FAIL  mongodb privileges"), "{}", said(&checked));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_authority_is_refused() {
    let site = Site::start().await;
    let other = Authority::new().unwrap();
    let stranger = async |ca_file: Option<PathBuf>| {
        let checked = run_once(&SidecarConfig { ca_file, ..site.config.clone() }, &["check"]).await.unwrap();
        assert!(!checked.status.success(), "{}", said(&checked));
        println!("{}", said(&checked));
        said(&checked)
    };
    for checked in [stranger(Some(other.certificate())).await, stranger(None).await] {
        assert!(checked.contains("FAIL  mongodb connection"), "{checked}");
        assert!(checked.contains(&site.mongod.address().to_string()), "{checked}");
        assert!(checked.contains("warn  redis: shows a certificate that is not trusted"), "{checked}");
        assert!(!checked.contains("-secret"), "{checked}");
    }
}
