//! The token: what holds it, and where it is kept. It is never shown, logged or written to a file.

mod keyring;

use std::fmt;

use vigil_wire::SignedOutReason;
use zeroize::Zeroizing;

use crate::server::ServerAddress;

pub use keyring::Keyring;

/// Longest token that every platform's keyring holds (Windows: 2,560 bytes of UTF-16).
pub const TOKEN_LIMIT_CHARS: usize = 1_200;

/// A token. It has no `Display`, its `Debug` says nothing, and its memory is wiped.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

/// Why a text cannot be a token; the text itself is never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error(
        "No token was given. Pipe it into this command, for example: vigil-sidecar token --sub NAME | vigil sign-in --server URL"
    )]
    Empty,
    #[error(
        "The token is longer than {TOKEN_LIMIT_CHARS} characters, which not every keyring can hold. Ask for a shorter one."
    )]
    TooLong,
    #[error(
        "The token holds a character that no token holds (a space, a line break or a letter outside ASCII). Copy it again."
    )]
    Characters,
}

impl Token {
    pub fn new(text: &str) -> Result<Self, BadToken> {
        let text = text.trim();
        if text.is_empty() {
            Err(BadToken::Empty)
        } else if text.chars().count() > TOKEN_LIMIT_CHARS {
            Err(BadToken::TooLong)
        } else if !text.bytes().all(|b| b.is_ascii_graphic()) {
            Err(BadToken::Characters)
        } else {
            Ok(Token(Zeroizing::new(text.to_owned())))
        }
    }

    /// The token itself: for the handshake and for the keyring, and for nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Why there is no token to be had. The cause is the platform's own words; it never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoToken {
    /// The keyring works and has none for this server.
    None,
    /// There is no keyring to ask.
    Unavailable { cause: String },
    /// The keyring is locked and was not unlocked.
    Locked,
    /// The user or the keyring said no.
    Refused { cause: String },
}

impl NoToken {
    pub fn reason(&self) -> SignedOutReason {
        match self {
            NoToken::None => SignedOutReason::NoToken,
            NoToken::Unavailable { .. } => SignedOutReason::KeyringUnavailable,
            NoToken::Locked | NoToken::Refused { .. } => SignedOutReason::KeyringLocked,
        }
    }

    /// What the platform said, word for word, and nothing where it said nothing: the window has its own
    /// sentences for every reason, in the user's language.
    pub fn cause(&self) -> &str {
        match self {
            NoToken::None | NoToken::Locked => "",
            NoToken::Unavailable { cause } | NoToken::Refused { cause } => cause,
        }
    }
}

/// Where tokens are kept, by server. Its calls may block (on a prompt for as long as the user likes):
/// call them off the async threads.
pub trait TokenStore: Send + Sync + 'static {
    fn read(&self, server: &ServerAddress) -> Result<Token, NoToken>;
    fn write(&self, server: &ServerAddress, token: &Token) -> Result<(), NoToken>;
    /// Forgets the token; `Ok(false)` when there was none.
    fn remove(&self, server: &ServerAddress) -> Result<bool, NoToken>;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_shown() {
        let token = Token::new(" abc.def.ghi\n").unwrap();
        assert_eq!(token.reveal(), "abc.def.ghi");
        assert_eq!(format!("{token:?}"), "Token");
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_without_repeating_it() {
        assert_eq!(Token::new(" \n").unwrap_err(), BadToken::Empty);
        assert_eq!(Token::new("secret word").unwrap_err(), BadToken::Characters);
        assert_eq!(Token::new("a\r\nHost: b").unwrap_err(), BadToken::Characters);
        assert_eq!(Token::new(&"x".repeat(TOKEN_LIMIT_CHARS + 1)).unwrap_err(), BadToken::TooLong);
        assert!(Token::new(&"x".repeat(TOKEN_LIMIT_CHARS)).is_ok());
        assert!(!BadToken::Characters.to_string().contains("secret"));
    }

    #[test]
    fn what_the_platform_said_is_kept() {
        assert_eq!(NoToken::Unavailable { cause: "no session bus".into() }.cause(), "no session bus");
        assert_eq!(NoToken::Refused { cause: "prompt dismissed".into() }.cause(), "prompt dismissed");
        assert_eq!((NoToken::None.cause(), NoToken::Locked.cause()), ("", ""));
    }
}
