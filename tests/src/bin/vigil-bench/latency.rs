//! One isolated write at a time: when does a bare cursor have it, when does a client of Vigil?

use std::time::{Duration, Instant};

use bson::{Document, doc};
use futures_util::{SinkExt, StreamExt};
use mongodb::Database;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use vigil_tests::harness::{Mongod, RedisServer, Sidecar, SidecarConfig};
use vigil_wire::{ClientFrame, ServerFrame};

use crate::Failed;
use crate::report::{Report, quantile};

/// Longer than the critical tier's interval, so that every write is an isolated one.
const PAUSE: Duration = Duration::from_millis(170);

pub async fn measure(writes: usize, report: &mut Report) -> Result<(), Failed> {
    let mongod = Mongod::start().await?;
    let redis = RedisServer::start().await?;
    let database = mongod.database("hospital").await?;
    let alerts = database.collection::<Document>("emergency_alerts");
    alerts
        .insert_one(
            doc! { "_id": 0, "kind": "fire", "severity": "low", "resolved_at": bson::DateTime::now() },
        )
        .await?;
    let sidecar = Sidecar::start(&SidecarConfig::hospital(mongod.uri()).with_redis(redis.url())).await?;

    let (to_bare, mut bare_seen) = mpsc::unbounded_channel();
    let bare = tokio::spawn(bare_cursor(database.clone(), to_bare));
    let (to_client, mut client_seen) = mpsc::unbounded_channel();
    let client = tokio::spawn(client(sidecar.url(), sidecar.token("bench").await?, to_client));
    // Both sides are up when both have shown something.
    client_seen.recv().await.ok_or("the client ended")?;
    bare_seen.recv().await.ok_or("the cursor ended")?;

    let (mut bare_ms, mut vigil_ms) = (Vec::new(), Vec::new());
    for i in 1..=writes {
        tokio::time::sleep(PAUSE).await;
        while client_seen.try_recv().is_ok() {}
        let begun = Instant::now();
        let id = i32::try_from(i)?;
        alerts.insert_one(doc! { "_id": id, "kind": "fire", "severity": "low", "resolved_at": null }).await?;
        let at_bare: Instant = bare_seen.recv().await.ok_or("the cursor ended")?;
        let at_client: Instant = client_seen.recv().await.ok_or("the client ended")?;
        bare_ms.push((at_bare - begun).as_secs_f64() * 1e3);
        vigil_ms.push((at_client - begun).as_secs_f64() * 1e3);
    }
    bare.abort();
    client.abort();
    for (name, p) in [("p50", 0.5), ("p99", 0.99)] {
        report.time(
            &format!("isolated write → client frame, {name}"),
            &[quantile(&bare_ms, p)],
            &[quantile(&vigil_ms, p)],
        );
    }
    Ok(())
}

/// Says when each event comes, and once when it is open.
async fn bare_cursor(database: Database, seen: mpsc::UnboundedSender<Instant>) -> Result<(), String> {
    let said = |error: mongodb::error::Error| error.to_string();
    let pipeline = vec![
        doc! { "$changeStream": { "showExpandedEvents": true } },
        doc! { "$match": { "ns.coll": "emergency_alerts" } },
    ];
    let mut replies = database.aggregate(pipeline).batch().await.map_err(said)?;
    seen.send(Instant::now()).map_err(|_| "nobody listens")?;
    while let Some(reply) = replies.next().await {
        let reply = reply.map_err(said)?;
        let events = reply.doc_slices().map_err(said)?.into_iter().count();
        let now = Instant::now();
        for _ in 0..events {
            seen.send(now).map_err(|_| "nobody listens")?;
        }
    }
    Ok(())
}

/// Says when each diff of the alerts' count comes, and once for the snapshot.
async fn client(url: String, token: String, seen: mpsc::UnboundedSender<Instant>) -> Result<(), String> {
    let mut request = url.into_client_request().map_err(|error| error.to_string())?;
    let headers = request.headers_mut();
    headers.insert("authorization", format!("Bearer {token}").parse().map_err(|_| "a header")?);
    headers.insert("sec-websocket-protocol", "vigil.v1".parse().map_err(|_| "a header")?);
    let (mut socket, _) =
        tokio_tungstenite::connect_async(request).await.map_err(|error| error.to_string())?;
    let subscribe = ClientFrame::Subscribe {
        board: "hospital".to_owned(),
        metrics: Some(vec!["alerts_open".to_owned()]),
        max_rate_hz: None,
    };
    let text = serde_json::to_string(&subscribe).map_err(|error| error.to_string())?;
    socket.send(Message::text(text)).await.map_err(|error| error.to_string())?;
    while let Some(Ok(message)) = socket.next().await {
        let now = Instant::now();
        let Ok(text) = message.to_text() else { continue };
        if let Ok(ServerFrame::Snapshot(_) | ServerFrame::Diff(_)) = serde_json::from_str(text) {
            seen.send(now).map_err(|_| "nobody listens")?;
        }
    }
    Err("the socket closed".to_owned())
}
