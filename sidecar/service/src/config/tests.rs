#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io;

use super::*;

#[derive(Default)]
struct Fixed {
    variables: BTreeMap<&'static str, &'static str>,
    files: BTreeMap<&'static str, &'static str>,
}

impl ConfigSource for Fixed {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| (*value).to_owned())
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        let text = path.to_str().and_then(|path| self.files.get(path));
        text.map(|text| (*text).to_owned()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

const FILE: &str = r#"
board = "board.toml"
[mongo]
uri = "mongodb://db/?replicaSet=rs0"
[auth]
secret_file = "key"
"#;
const KEY: &str = "0123456789abcdef0123456789abcdef\n";

fn source() -> Fixed {
    Fixed {
        files: BTreeMap::from([("/etc/vigil/sidecar.toml", FILE), ("/etc/vigil/key", KEY)]),
        ..Fixed::default()
    }
}

fn load(source: &Fixed) -> Result<Config, Vec<ConfigProblem>> {
    Config::load(Some(Path::new("/etc/vigil/sidecar.toml")), source)
}

#[test]
fn paths_are_beside_the_file_and_secrets_lose_their_newline() {
    let config = load(&source()).unwrap();
    assert_eq!(config.board, Path::new("/etc/vigil/board.toml"));
    assert_eq!(config.listen.to_string(), DEFAULT_LISTEN);
    assert!(config.redis.is_none());
    let AuthKey::Shared(secret) = &config.auth.key else { panic!("a shared key") };
    assert_eq!(secret.expose(), KEY.trim_end());
    assert!(!format!("{config:?}").contains("0123456789"));
}

#[test]
fn the_environment_wins() {
    let mut source = source();
    source.variables.insert("VIGIL_MONGO_URI", "mongodb://other/");
    source.variables.insert("VIGIL_LISTEN", "127.0.0.1:0");
    let config = load(&source).unwrap();
    assert_eq!(config.mongo_uri.expose(), "mongodb://other/");
    assert_eq!(config.listen.port(), 0);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let source = Fixed {
        variables: BTreeMap::from([("VIGIL_LISTEN", "0.0.0.0:80")]),
        files: BTreeMap::from([("/etc/vigil/sidecar.toml", "")]),
    };
    let problems = load(&source).unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| problem.place.as_str()).collect();
    assert_eq!(places, ["board", "mongo.uri", "http.listen", "auth"]);
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let mut source = source();
    source.files.insert("/etc/vigil/sidecar.toml", "board = \"b\"\nbaord = \"c\"\n");
    let problems = load(&source).unwrap_err();
    assert_eq!(problems[0].place, "/etc/vigil/sidecar.toml:2");
    assert!(problems[0].message.contains("baord"), "{}", problems[0]);
}

#[test]
fn a_secret_that_cannot_be_read_is_one_problem_at_its_key() {
    let mut source = source();
    source.files.remove("/etc/vigil/key");
    let problems = load(&source).unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| problem.place.as_str()).collect();
    assert_eq!(places, ["auth.secret_file"]);
}

#[test]
fn a_short_secret_is_refused() {
    let mut source = source();
    source.files.insert("/etc/vigil/key", "short");
    assert!(load(&source).unwrap_err()[0].message.contains("32 bytes"));
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAv1AMRFgVW4mfpjAqCoQXHaQLdDep4RXxU38YScbZmV4=\n";
    source.files.insert("/etc/vigil/key", pem);
    assert!(load(&source).unwrap_err()[0].message.contains("public_key_file"));
}

#[test]
fn a_short_secret_is_said_where_it_is() {
    let mut source = source();
    source.variables.insert("VIGIL_AUTH_SECRET", "short");
    let place = |source: &Fixed| load(source).unwrap_err()[0].place.clone();
    assert_eq!(place(&source), "VIGIL_AUTH_SECRET");
    source.variables = BTreeMap::from([("VIGIL_AUTH_SECRET_FILE", "/run/key")]);
    source.files.insert("/run/key", "short");
    assert_eq!(place(&source), "VIGIL_AUTH_SECRET_FILE");
    source.variables.clear();
    source.files.insert("/etc/vigil/key", "short");
    assert_eq!(place(&source), "auth.secret_file");
}

const WITH_TLS: &str = r#"
board = "board.toml"
[mongo]
uri = "mongodb://db/?replicaSet=rs0"
ca_file = "ca.pem"
[redis]
url = "rediss://cache:6380"
ca_file = "ca.pem"
[auth]
secret_file = "key"
"#;
const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

fn with_tls() -> Fixed {
    let mut source = source();
    source.files.extend([("/etc/vigil/sidecar.toml", WITH_TLS), ("/etc/vigil/ca.pem", PEM)]);
    source
}

#[test]
fn authorities_of_ones_own_are_files() {
    let config = load(&with_tls()).unwrap();
    assert_eq!(
        config.mongo_uri.expose(),
        "mongodb://db/?replicaSet=rs0&tls=true&tlsCAFile=/etc/vigil/ca.pem"
    );
    assert_eq!(config.redis.unwrap().ca.as_deref(), Some(PEM));
}

#[test]
fn an_authority_that_cannot_be_used_is_said_at_its_place() {
    let problems = |change: fn(&mut Fixed)| {
        let mut source = with_tls();
        change(&mut source);
        let said = load(&source).unwrap_err();
        said.iter().map(|problem| problem.to_string()).collect::<Vec<_>>().join("\n")
    };
    let absent = problems(|source| assert!(source.files.remove("/etc/vigil/ca.pem").is_some()));
    assert!(absent.contains("mongo.ca_file: names /etc/vigil/ca.pem"), "{absent}");
    assert!(absent.contains("redis.ca_file: names /etc/vigil/ca.pem"), "{absent}");
    let no_pem = problems(|source| source.files.extend([("/etc/vigil/ca.pem", "no pem")]));
    assert!(no_pem.contains("no certificate"), "{no_pem}");
    let plain = problems(|source| source.variables.extend([("VIGIL_REDIS_URL", "redis://cache")]));
    assert!(plain.contains("rediss://"), "{plain}");
}

#[test]
fn an_empty_redis_url_in_the_environment_switches_redis_off() {
    let mut source = with_tls();
    assert!(load(&source).unwrap().redis.is_some());
    source.variables.insert("VIGIL_REDIS_URL", "");
    assert!(load(&source).unwrap().redis.is_none());
}
