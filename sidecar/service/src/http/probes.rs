use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use vigil_wire::{RedisState, SourceState};

use super::accept::Peer;
use super::{Server, handshake};
use crate::metrics;

/// Headers by which a proxy says that it is one: then the peer's address is not the asker's.
const PROXY_HEADERS: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

pub(super) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/livez", get(|| async { Json(json!({"alive": true})) }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(figures))
        .route("/ws", get(handshake::socket))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "there is nothing here; the socket is at /ws") })
        .method_not_allowed_fallback(|| async { refusal(StatusCode::METHOD_NOT_ALLOWED, "only GET") })
        .with_state(server)
}

/// An error as JSON.
pub(super) fn refusal(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": message}))).into_response()
}

async fn readyz(State(server): State<Arc<Server>>) -> Response {
    let (mongo_ready, mongo) = mongo(*server.source.borrow());
    let redis = redis(*server.redis.borrow());
    let stopping = *server.stop.borrow();
    let ready = mongo_ready && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let parts = json!({
        "mongo": mongo,
        "redis": redis,
        "server": {"ready": !stopping, "reason": if stopping { "shutting down" } else { "serving" }},
    });
    (status, Json(json!({"ready": ready, "parts": parts}))).into_response()
}

fn mongo(state: SourceState) -> (bool, Value) {
    let (ready, name, reason) = match state {
        SourceState::Starting => (false, "starting", "the first state has not been read yet"),
        SourceState::Live => (true, "live", "following"),
        SourceState::CatchingUp => {
            (true, "catching_up", "behind, reading what was missed; values show their age")
        }
        SourceState::Resyncing => (true, "resyncing", "reading everything again; values show their age"),
        SourceState::Down => (false, "down", "MongoDB does not answer; values show their age"),
    };
    (ready, json!({"ready": ready, "state": name, "reason": reason}))
}

/// Redis is never needed: without it the sidecar goes on from memory.
fn redis(state: RedisState) -> Value {
    let (name, reason) = match state {
        RedisState::Off => ("off", "none is configured; this sidecar runs alone"),
        RedisState::Live => ("live", "every state is in the log"),
        RedisState::Degraded => ("degraded", "no answer, or another sidecar leads; going on from memory"),
    };
    json!({"ready": true, "state": name, "reason": reason})
}

async fn figures(State(server): State<Arc<Server>>, request: Request) -> Response {
    if !may_see_figures(&server, &request) {
        return refusal(
            StatusCode::UNAUTHORIZED,
            "from another machine, send a token: Authorization: Bearer …",
        );
    }
    let text = metrics::recorder().render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn may_see_figures(server: &Server, request: &Request) -> bool {
    let headers = request.headers();
    let local =
        request.extensions().get::<Peer>().is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    let proxied = PROXY_HEADERS.iter().any(|name| headers.contains_key(*name));
    (local && !proxied) || bearer(headers).is_some_and(|token| server.verifier.verify(token).is_ok())
}

/// The token of an `Authorization: Bearer …` header.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
