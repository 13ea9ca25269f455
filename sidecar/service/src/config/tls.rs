//! Certificate authorities of one's own.

use std::path::{Path, PathBuf};

/// Certificates that a server's own is checked against, and where they were named.
pub(super) struct CaFile {
    pub place: String,
    pub path: PathBuf,
    pub pem: String,
}

pub(super) fn holds_certificate(pem: &str) -> bool {
    pem.contains("-----BEGIN CERTIFICATE-----")
}

pub(super) fn is_redis_over_tls(url: &str) -> bool {
    url.starts_with("rediss://") || url.starts_with("valkeys://")
}

/// The connection string with TLS and that file in it.
///
/// # Errors
/// With what to mend, when the string says something else itself.
pub(super) fn with_ca_file(uri: &str, path: &Path) -> Result<String, &'static str> {
    let (address, options) = uri.split_once('?').unwrap_or((uri, ""));
    let said = |name: &str| {
        let mut options = options.split(['&', ';']).filter_map(|option| option.split_once('='));
        options.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    if said("tlsCAFile").is_some() {
        return Err("is said, and tlsCAFile in mongo.uri as well: keep one");
    }
    if [said("tls"), said("ssl")].contains(&Some("false")) {
        return Err("is said, but mongo.uri says tls=false: take that out");
    }
    let after_scheme = address.split_once("://").map_or(address, |(_, rest)| rest);
    let slash = if after_scheme.contains('/') { "" } else { "/" };
    let tls = if said("tls").or(said("ssl")).is_some() { "" } else { "tls=true&" };
    let more = if options.is_empty() { "" } else { "&" };
    Ok(format!("{address}{slash}?{options}{more}{tls}tlsCAFile={}", encoded(path)))
}

fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text += &format!("%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_goes_into_the_connection_string() {
        let with = |uri| with_ca_file(uri, Path::new("/etc/our ca.pem"));
        let end = "tlsCAFile=/etc/our%20ca.pem";
        assert_eq!(with("mongodb://db"), Ok(format!("mongodb://db/?tls=true&{end}")));
        assert_eq!(with("mongodb://db/"), Ok(format!("mongodb://db/?tls=true&{end}")));
        assert_eq!(
            with("mongodb://a:b@db,dc/x?replicaSet=rs0&tls=true"),
            Ok(format!("mongodb://a:b@db,dc/x?replicaSet=rs0&tls=true&{end}"))
        );
        assert!(with("mongodb://db/?TLS=false").is_err());
        assert!(with("mongodb://db/?tlsCAFile=/other").is_err());
    }
}
