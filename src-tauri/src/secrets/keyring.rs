//! The operating system's keyring: Secret Service, Keychain or Credential Manager.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};

use super::{NoToken, Token, TokenStore};
use crate::server::ServerAddress;

const SERVICE: &str = "vigil";

/// Connects anew at each call: a keyring that was started or unlocked a moment ago is then found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keyring;

impl TokenStore for Keyring {
    fn read(&self, server: &ServerAddress) -> Result<Token, NoToken> {
        let text = entry(server)?.get_password().map_err(|why| no_token(&why))?;
        let text = zeroize::Zeroizing::new(text);
        // What cannot be a token was not written by us: as good as none.
        Token::new(&text).map_err(|_| NoToken::None)
    }

    fn write(&self, server: &ServerAddress, token: &Token) -> Result<(), NoToken> {
        entry(server)?.set_password(token.reveal()).map_err(|why| no_token(&why))
    }

    fn remove(&self, server: &ServerAddress) -> Result<bool, NoToken> {
        match entry(server)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(why) => Err(no_token(&why)),
        }
    }
}

fn entry(server: &ServerAddress) -> Result<Entry, NoToken> {
    let store: Arc<dyn CredentialStoreApi + Send + Sync> = open().map_err(|why| no_token(&why))?;
    let label = format!("Vigil token for {server}");
    let label = HashMap::from([("label", label.as_str())]);
    let modifiers = cfg!(all(unix, not(target_os = "macos"))).then_some(&label);
    store.build(SERVICE, server.as_str(), modifiers).map_err(|why| no_token(&why))
}

#[cfg(target_os = "macos")]
fn open() -> keyring_core::Result<Arc<dyn CredentialStoreApi + Send + Sync>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn open() -> keyring_core::Result<Arc<dyn CredentialStoreApi + Send + Sync>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn open() -> keyring_core::Result<Arc<dyn CredentialStoreApi + Send + Sync>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// Errors of the keyring hold names, codes and (`BadEncoding`, `BadDataFormat`) secrets: those are
/// never put into words.
fn no_token(why: &Error) -> NoToken {
    match why {
        Error::NoEntry | Error::BadEncoding(_) | Error::BadDataFormat(..) => NoToken::None,
        Error::NoStorageAccess(platform) => denied(platform.as_ref()).unwrap_or(NoToken::Locked),
        Error::PlatformFailure(platform) => {
            denied(platform.as_ref()).unwrap_or_else(|| NoToken::Unavailable { cause: platform.to_string() })
        }
        Error::Ambiguous(_) => NoToken::Refused { cause: "it holds two tokens for this server".to_owned() },
        other => NoToken::Unavailable { cause: other.to_string() },
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn denied(platform: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<NoToken> {
    use secret_service::Error as Service;
    match platform.downcast_ref::<Service>()? {
        // `NoResult`: there is no collection yet, or unlocking it gave nothing.
        Service::Locked | Service::NoResult => Some(NoToken::Locked),
        // What a provider answers to a write into a locked collection.
        Service::Zbus(why) if why.to_string().contains("org.freedesktop.Secret.Error.IsLocked") => {
            Some(NoToken::Locked)
        }
        Service::Prompt | Service::PromptDisconnected => {
            Some(NoToken::Refused { cause: "the question for permission was dismissed".to_owned() })
        }
        _ => None,
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn denied(_: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<NoToken> {
    None
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use super::*;
    use secret_service::Error as Service;

    #[test]
    fn the_platforms_errors_become_states() {
        let access = |why: Service| no_token(&Error::NoStorageAccess(Box::new(why)));
        let failure = |why: Service| no_token(&Error::PlatformFailure(Box::new(why)));
        assert_eq!(no_token(&Error::NoEntry), NoToken::None);
        assert_eq!(access(Service::Locked), NoToken::Locked);
        assert_eq!(access(Service::NoResult), NoToken::Locked);
        assert_eq!(failure(Service::Locked), NoToken::Locked);
        assert!(matches!(access(Service::Prompt), NoToken::Refused { .. }));
        assert!(matches!(failure(Service::Unavailable), NoToken::Unavailable { .. }));
    }

    #[test]
    fn a_secret_in_an_error_is_not_repeated() {
        let why = Error::BadEncoding(b"hunter2\xff".to_vec());
        assert_eq!(no_token(&why), NoToken::None);
    }
}
