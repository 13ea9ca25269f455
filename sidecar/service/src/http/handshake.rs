use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use vigil_wire::SUBPROTOCOL;

use super::probes::{bearer, refusal};
use super::{Counted, Server};
use crate::socket::{self, Admission};

/// Sockets over the limit that are opened all the same, to be closed with a code that says why. Beyond
/// them the handshake itself is refused.
const TOLD_OVER_LIMIT: usize = 64;
/// Names under which tokens are put into URLs.
const TOKEN_PARAMETERS: [&str; 6] = ["token", "access_token", "jwt", "auth", "authorization", "bearer"];

/// Turns a request into a socket.
pub(super) async fn socket(State(server): State<Arc<Server>>, mut request: Request) -> Response {
    let accept = match accepted(&server, &request) {
        Ok(accept) => accept,
        Err((status, message)) => return refused(status, message),
    };
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return refused(StatusCode::UPGRADE_REQUIRED, "this connection cannot become a WebSocket");
    };
    let open = *server.clients.borrow();
    if open >= server.max_clients.saturating_add(TOLD_OVER_LIMIT) {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "too many connections; come back later");
    }
    let admission = match open >= server.max_clients {
        true => Admission::OverLimit,
        false => Admission::Open { token: bearer(request.headers()).map(str::to_owned) },
    };
    let spoken = offers_ours(request.headers());
    let counted = Counted::new(server.clone());
    tokio::spawn(async move {
        // A peer that went away meanwhile.
        let Ok(upgraded) = upgrade.await else { return };
        socket::run(TokioIo::new(upgraded), server, admission).await;
        drop(counted);
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    if spoken {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    response
}

type Refused = (StatusCode, &'static str);

/// Checks the handshake; the value of `Sec-WebSocket-Accept`.
fn accepted(server: &Server, request: &Request) -> Result<HeaderValue, Refused> {
    let headers = request.headers();
    if names_token(request.uri().query().unwrap_or_default()) {
        return Err((
            StatusCode::BAD_REQUEST,
            "a token in the URL ends up in logs and histories: send it in the Authorization header or in the first frame",
        ));
    }
    if !has_word(headers, &header::CONNECTION, "upgrade") || !has_word(headers, &header::UPGRADE, "websocket")
    {
        return Err((StatusCode::UPGRADE_REQUIRED, "this is a WebSocket: connect with ws:// or wss://"));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).map(HeaderValue::as_bytes) != Some(b"13") {
        return Err((StatusCode::UPGRADE_REQUIRED, "only WebSocket version 13 is spoken here"));
    }
    let offers = headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    if offers && !offers_ours(headers) {
        return Err((StatusCode::BAD_REQUEST, "only the subprotocol vigil.v1 is spoken here"));
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let listed = |allowed: &String| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes());
        if !server.allowed_origins.iter().any(listed) {
            return Err((StatusCode::FORBIDDEN, "this web origin is not in http.allowed_origins"));
        }
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY);
    let key = key.ok_or((StatusCode::BAD_REQUEST, "the header Sec-WebSocket-Key is missing"))?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
        .map_err(|_| (StatusCode::BAD_REQUEST, "the header Sec-WebSocket-Key is no key"))
}

fn refused(status: StatusCode, message: &str) -> Response {
    let mut response = refusal(status, message).into_response();
    let headers = response.headers_mut();
    if status == StatusCode::UPGRADE_REQUIRED {
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

fn names_token(query: &str) -> bool {
    let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    names.into_iter().any(|name| TOKEN_PARAMETERS.iter().any(|token| name.eq_ignore_ascii_case(token)))
}

fn offers_ours(headers: &HeaderMap) -> bool {
    has_word(headers, &header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL)
}

/// Whether a header that is a list of words has this one.
fn has_word(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
}
