//! The command line: signing in and out without a window.

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use clap::{Parser, Subcommand};
use zeroize::Zeroizing;

use crate::controller::KEYRING_PATIENCE;
use crate::secrets::{NoToken, TOKEN_LIMIT_CHARS, Token, TokenStore};
use crate::server::ServerAddress;
use crate::settings::{BadSettings, SERVER_VARIABLE, Settings};

/// Live figures of an operation, straight from its own MongoDB.
#[derive(Debug, Parser)]
#[command(name = "vigil", version, about)]
#[command(after_help = "Without a command, the window opens.")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep a token for a server in the operating system's keyring, and make it the app's server.
    ///
    /// The token is read from standard input (from a terminal: without showing it). It is never
    /// written to a file, and it is not an argument, because others can see those.
    SignIn {
        /// The server, as wss://host[:port], or ws://127.0.0.1:port on this computer.
        #[arg(long, value_name = "URL")]
        server: ServerAddress,
    },
    /// Forget the token of a server.
    SignOut {
        /// The server; without it, the one that the app uses.
        #[arg(long, value_name = "URL")]
        server: Option<ServerAddress>,
    },
}

/// Carries out a command and says what came of it. The exit code is 0 only when it was done.
pub fn run(command: Command, settings: &Settings, tokens: &dyn TokenStore) -> ExitCode {
    let done = match command {
        Command::SignIn { server } => {
            read_token().and_then(|token| sign_in(&server, &token, settings, tokens))
        }
        Command::SignOut { server } => sign_out(server, settings, tokens),
    };
    let written = match &done {
        Ok(said) => writeln!(io::stdout(), "{said}"),
        Err(said) => writeln!(io::stderr(), "vigil: {said}"),
    };
    match (done, written) {
        (Ok(_), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// The keyring first: a server without a token would only make the app say that it is signed out.
fn sign_in(
    server: &ServerAddress,
    token: &Token,
    settings: &Settings,
    tokens: &dyn TokenStore,
) -> Result<String, String> {
    patiently(|| tokens.write(server, token)).map_err(|why| not_kept(&why))?;
    settings.set_server(Some(server)).map_err(|why| why.to_string())?;
    let mut said = format!(
        "The token for {server} is in the keyring. A running app takes it when you press \"Try again\"."
    );
    if settings.is_from_environment() {
        said.push_str(&format!(
            " Mind that {SERVER_VARIABLE} is set and names the server that the app uses."
        ));
    }
    Ok(said)
}

fn sign_out(
    server: Option<ServerAddress>,
    settings: &Settings,
    tokens: &dyn TokenStore,
) -> Result<String, String> {
    let server = match server {
        Some(server) => server,
        None => settings.server().map_err(|why: BadSettings| why.to_string())?.ok_or(
            "No server is configured, so there is nothing to sign out of. Name one with --server URL.",
        )?,
    };
    match patiently(|| tokens.remove(&server)) {
        Ok(true) => Ok(format!("The token for {server} is no longer in the keyring.")),
        Ok(false) => Ok(format!("The keyring had no token for {server}.")),
        Err(why) => Err(not_kept(&why)),
    }
}

/// Waits for the keyring for as long as it asks the user, but says so.
fn patiently<T>(ask: impl FnOnce() -> T) -> T {
    let (done, ended) = mpsc::channel::<()>();
    thread::scope(|threads| {
        threads.spawn(move || {
            if ended.recv_timeout(KEYRING_PATIENCE) == Err(RecvTimeoutError::Timeout) {
                // Standard error may be closed; then nobody wants to know.
                writeln!(io::stderr(), "{ASKING}").ok();
            }
        });
        let answer = ask();
        drop(done);
        answer
    })
}

const ASKING: &str = "The keyring is locked and asks for its password on the desktop. Answer it there, or give up with Ctrl-C and unlock it first.";

fn not_kept(why: &NoToken) -> String {
    match why {
        NoToken::None => "The keyring does not know this entry.".to_owned(),
        NoToken::Unavailable { cause } => format!(
            "This session has no working keyring ({cause}), and tokens are kept nowhere else. Start one (on Linux a Secret Service such as gnome-keyring or KWallet) and try again."
        ),
        NoToken::Locked => {
            "The keyring is locked or was never set up. Unlock it (in \"Passwords and Keys\", or by logging in to the desktop again) and try again.".to_owned()
        }
        NoToken::Refused { cause } => format!("The keyring refused ({cause}). Try again and allow the access."),
    }
}

fn read_token() -> Result<Token, String> {
    let text = if io::stdin().is_terminal() {
        rpassword::prompt_password("Token: ").map(Zeroizing::new)
    } else {
        // One more than allowed, and a line end, so that too long is seen as too long.
        let mut text = Zeroizing::new(String::with_capacity(4 * TOKEN_LIMIT_CHARS));
        let limit = 4 * TOKEN_LIMIT_CHARS as u64;
        io::stdin().lock().take(limit).read_to_string(&mut text).map(|_| text)
    };
    let text = text.map_err(|why| format!("The token could not be read from standard input: {why}."))?;
    Token::new(&text).map_err(|why| why.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Memory(Mutex<BTreeMap<String, Token>>);

    impl TokenStore for Memory {
        fn read(&self, server: &ServerAddress) -> Result<Token, NoToken> {
            self.0.lock().unwrap().get(server.as_str()).cloned().ok_or(NoToken::None)
        }
        fn write(&self, server: &ServerAddress, token: &Token) -> Result<(), NoToken> {
            self.0.lock().unwrap().insert(server.to_string(), token.clone());
            Ok(())
        }
        fn remove(&self, server: &ServerAddress) -> Result<bool, NoToken> {
            Ok(self.0.lock().unwrap().remove(server.as_str()).is_some())
        }
    }

    #[test]
    fn the_command_line_is_sound_and_takes_no_token() {
        Arguments::command().debug_assert();
        assert!(Arguments::try_parse_from(["vigil", "sign-in", "--server", "ws://127.0.0.1:1"]).is_ok());
        assert!(Arguments::try_parse_from(["vigil", "sign-in", "--token", "x"]).is_err());
        let refused = Arguments::try_parse_from(["vigil", "sign-in", "--server", "ws://10.0.0.1:1"]);
        assert!(refused.unwrap_err().to_string().contains("wss://10.0.0.1:1"));
    }

    #[test]
    fn signing_in_keeps_both_and_no_file_has_the_token() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(folder.path(), None);
        let tokens = Memory::default();
        let server = ServerAddress::parse("ws://127.0.0.1:7410").unwrap();
        let token = Token::new("abc.def.ghi").unwrap();

        sign_in(&server, &token, &settings, &tokens).unwrap();
        assert_eq!(settings.server().unwrap().as_ref(), Some(&server));
        assert_eq!(tokens.read(&server).unwrap().reveal(), "abc.def.ghi");
        let file = std::fs::read_to_string(folder.path().join("vigil/app.toml")).unwrap();
        assert!(!file.contains("abc.def"), "{file}");

        assert!(sign_out(None, &settings, &tokens).unwrap().contains("no longer"));
        assert!(sign_out(None, &settings, &tokens).unwrap().contains("had no token"));
        assert_eq!(tokens.read(&server).unwrap_err(), NoToken::None);
    }

    #[test]
    fn a_keyring_that_fails_changes_nothing() {
        struct Broken;
        impl TokenStore for Broken {
            fn read(&self, _: &ServerAddress) -> Result<Token, NoToken> {
                Err(NoToken::Locked)
            }
            fn write(&self, _: &ServerAddress, _: &Token) -> Result<(), NoToken> {
                Err(NoToken::Locked)
            }
            fn remove(&self, _: &ServerAddress) -> Result<bool, NoToken> {
                Err(NoToken::Locked)
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(folder.path(), None);
        let server = ServerAddress::parse("ws://127.0.0.1:7410").unwrap();
        let said = sign_in(&server, &Token::new("abc").unwrap(), &settings, &Broken).unwrap_err();
        assert!(said.contains("locked"), "{said}");
        assert_eq!(settings.server().unwrap(), None);
    }
}
