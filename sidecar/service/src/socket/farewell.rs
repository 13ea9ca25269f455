use std::time::Duration;

use futures_util::SinkExt;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use vigil_wire::CloseCode;

use super::Socket;

/// For the close frame to be sent and answered.
const LIMIT: Duration = Duration::from_secs(2);
/// What a client may still send meanwhile.
const DRAIN_BYTES: usize = 8 << 20;

/// Sends the close frame, then reads what still comes: a socket that is closed with bytes unread resets
/// the connection, and the client might never see why.
pub(super) async fn close(mut socket: Socket, code: CloseCode, reason: &'static str) {
    let frame = CloseFrame { code: code.code().into(), reason: Utf8Bytes::from_static(reason) };
    let goodbye = async {
        // A client that is gone needs no goodbye.
        if socket.send(Message::Close(Some(frame))).await.is_err() {
            return;
        }
        drain(&mut socket).await;
    };
    drop(timeout(LIMIT, goodbye).await);
}

async fn drain(socket: &mut Socket) {
    let bytes = socket.get_mut();
    let mut buffer = vec![0; 16 << 10];
    let mut left = DRAIN_BYTES;
    while left > 0 {
        match bytes.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            // A masked close frame of the client ends what it says: flag bits, then opcode 8.
            Ok(read) if read <= 131 && buffer[0] == 0x88 => return,
            Ok(read) => left = left.saturating_sub(read),
        }
    }
}
