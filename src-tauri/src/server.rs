//! The address of a server: checked once, when it is read.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Where a sidecar listens, as `ws://host:port` or `wss://host[:port][/prefix]`.
///
/// It never holds a user name, a password or a query (a token in an address ends up in logs), and plain
/// `ws` only ever names this computer. Its text is what people see and the account name in the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    text: String,
    url: Url,
}

/// Why an address cannot be used; each says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("\"{0}\" is not a server address. Write it as wss://host or wss://host:port.")]
    NotAnAddress(String),
    #[error("A server address begins with wss:// (or ws:// for this computer), not with {0}://.")]
    Scheme(String),
    #[error(
        "ws:// sends the token unencrypted, so it is only allowed to this computer (127.0.0.1, ::1 or localhost). Use wss://{0} instead."
    )]
    PlainToOtherHost(String),
    #[error("A server address holds no user name, password, query or fragment. Leave them out.")]
    Extras,
}

impl ServerAddress {
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        let not_an_address = || BadAddress::NotAnAddress(text.to_owned());
        let mut url = Url::parse(text).map_err(|_| not_an_address())?;
        let extras = !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some();
        if extras {
            return Err(BadAddress::Extras);
        }
        let Some(host) = url.host() else { return Err(not_an_address()) };
        match url.scheme() {
            "wss" => {}
            "ws" if names_this_computer(&host) => {}
            "ws" => return Err(BadAddress::PlainToOtherHost(authority(&url))),
            other => return Err(BadAddress::Scheme(other.to_owned())),
        }
        let prefix = url.path().trim_end_matches('/');
        let prefix = prefix.strip_suffix("/ws").unwrap_or(prefix).to_owned();
        let text = format!("{}://{}{prefix}", url.scheme(), authority(&url));
        url.set_path(&format!("{prefix}/ws"));
        Ok(ServerAddress { text, url })
    }

    /// The address of the socket itself.
    pub fn socket_url(&self) -> &str {
        self.url.as_str()
    }

    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "wss"
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// `localhost` may resolve to anything; the link checks the peer of a plain connection once more.
fn names_this_computer(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for ServerAddress {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        ServerAddress::parse(text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_server_has_one_name() {
        for text in ["ws://127.0.0.1:7410", " ws://127.0.0.1:7410/ ", "WS://127.0.0.1:7410/ws"] {
            let address = ServerAddress::parse(text).unwrap();
            assert_eq!(address.as_str(), "ws://127.0.0.1:7410", "{text}");
            assert_eq!(address.socket_url(), "ws://127.0.0.1:7410/ws", "{text}");
        }
        let address = ServerAddress::parse("wss://Vigil.Example:443/live/").unwrap();
        assert_eq!(address.as_str(), "wss://vigil.example/live");
        assert_eq!(address.socket_url(), "wss://vigil.example/live/ws");
        assert_eq!((address.host(), address.port()), ("vigil.example", 443));
    }

    #[test]
    fn plain_only_to_this_computer() {
        for text in ["ws://localhost:1", "ws://127.0.0.9:1", "ws://[::1]:1"] {
            assert!(!ServerAddress::parse(text).unwrap().is_encrypted(), "{text}");
        }
        for text in ["ws://10.0.0.5:7410", "ws://localhost.example", "ws://[::2]", "ws://0.0.0.0:1"] {
            let refusal = ServerAddress::parse(text).unwrap_err();
            assert!(matches!(refusal, BadAddress::PlainToOtherHost(_)), "{text}");
        }
        let said = ServerAddress::parse("ws://10.0.0.5:7410").unwrap_err().to_string();
        assert!(said.contains("wss://10.0.0.5:7410"), "{said}");
    }

    #[test]
    fn no_secret_fits_in_an_address() {
        for text in ["wss://a:b@host", "wss://a@host", "wss://host/?token=x", "wss://host/#x"] {
            assert_eq!(ServerAddress::parse(text), Err(BadAddress::Extras), "{text}");
        }
        for text in ["", "host", "host:1", "wss://", "http://host", "file:///etc/passwd"] {
            assert!(ServerAddress::parse(text).is_err(), "{text}");
        }
    }
}
