use std::io;

use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::{self, protocol::CloseFrame};
use vigil_wire::CloseCode;

const CUT: &str = "The connection was cut.";

/// Why a link is no more. The messages are for people and end in a full stop; where the code says it all there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The server closed it, with one of its codes; a refused handshake counts as such.
    Closed { code: u16, message: String },
    /// The network, the other computer, or something that is not our server.
    Lost { message: String },
}

impl Ending {
    /// We closed it ourselves.
    pub(super) fn ours() -> Self {
        Ending::Lost { message: "The app closed the connection.".to_owned() }
    }

    pub(super) fn of_dialing(why: &io::Error) -> Self {
        Ending::Lost { message: sentence(why) }
    }

    pub(super) fn of_opening(why: &tungstenite::Error) -> Self {
        match why {
            tungstenite::Error::Http(answer) => of_status(answer.status()),
            tungstenite::Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => Ending::Lost {
                message: "The server does not speak this app's protocol. Update the app or the server."
                    .to_owned(),
            },
            tungstenite::Error::Protocol(ProtocolError::HandshakeIncomplete) => {
                Ending::Lost { message: CUT.to_owned() }
            }
            tungstenite::Error::Protocol(_) | tungstenite::Error::HttpFormat(_) => {
                Ending::Lost { message: "What answers at this address is not a Vigil server.".to_owned() }
            }
            other => Ending::of_socket(other),
        }
    }

    pub(super) fn of_close(frame: Option<CloseFrame>) -> Self {
        match frame {
            Some(frame) => {
                let reason = frame.reason.trim();
                let message = if reason.is_empty() {
                    "The server closed the connection.".to_owned()
                } else {
                    format!("The server closed the connection: {}.", reason.trim_end_matches('.'))
                };
                Ending::Closed { code: frame.code.into(), message }
            }
            None => Ending::Lost { message: "The server closed the connection.".to_owned() },
        }
    }

    pub(super) fn of_socket(why: &tungstenite::Error) -> Self {
        let message = match why {
            tungstenite::Error::Io(why) => sentence(why),
            tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
                "The server closed the connection.".to_owned()
            }
            tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => CUT.to_owned(),
            other => format!("The connection failed: {other}."),
        };
        Ending::Lost { message }
    }
}

/// A refusal before the socket is a socket; the codes mean the same as those of an open one.
fn of_status(status: StatusCode) -> Ending {
    let closed =
        |code: CloseCode, message: &str| Ending::Closed { code: code.code(), message: message.to_owned() };
    match status {
        // The code says it all.
        StatusCode::UNAUTHORIZED => closed(CloseCode::NotAuthenticated, ""),
        StatusCode::FORBIDDEN => closed(CloseCode::NotAllowed, "This account may not use Vigil."),
        StatusCode::TOO_MANY_REQUESTS => closed(CloseCode::TooMany, "The server has too many connections."),
        StatusCode::SERVICE_UNAVAILABLE => closed(CloseCode::ShuttingDown, "The server is not ready."),
        other => Ending::Lost {
            message: format!("What answers at this address is not a Vigil server (HTTP {}).", other.as_u16()),
        },
    }
}

fn sentence(why: &io::Error) -> String {
    match why.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(why)) => {
            return format!(
                "This computer does not trust the server's certificate ({why}). Install your organisation's certificate authority, or have the server's certificate renewed."
            );
        }
        Some(_) => return format!("No encrypted connection to the server: {why}."),
        None => {}
    }
    match why.kind() {
        io::ErrorKind::ConnectionRefused => "Nothing listens at the server's address.".to_owned(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => {
            CUT.to_owned()
        }
        io::ErrorKind::TimedOut => "The server did not answer.".to_owned(),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            "There is no way to the server. Check this computer's network.".to_owned()
        }
        _ => format!("No connection to the server: {why}."),
    }
}
