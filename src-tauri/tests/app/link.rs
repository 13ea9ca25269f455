//! The socket itself, over real loopback sockets.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::http::StatusCode;
use vigil_app::link::{Dial, Ending, Link, LinkEvent, Network};
use vigil_app::secrets::Token;
use vigil_app::server::ServerAddress;
use vigil_wire::{ClientFrame, CloseCode, ServerFrame};

use crate::fake_server::FakeServer;

fn open(server: &ServerAddress) -> Link {
    // As `main` does; the second call of a test run finds it done.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    Link::open(&Network, server, &Token::new("a.b.c").unwrap())
}

async fn ending(link: &mut Link) -> Ending {
    match link.next().await {
        LinkEvent::Ended(ending) => ending,
        other => panic!("{other:?} instead of an ending"),
    }
}

#[tokio::test]
async fn texts_go_both_ways_and_the_token_is_in_the_header() {
    let (mut server, address) = FakeServer::on_loopback().await;
    let mut link = open(&address);
    let mut client = server.accept().await;
    assert_eq!(client.authorization, "Bearer a.b.c");
    assert!(matches!(link.next().await, LinkEvent::Opened));

    link.send(serde_json::to_string(&ClientFrame::Ping { n: 7 }).unwrap()).unwrap();
    assert_eq!(client.hear_any().await, Some(ClientFrame::Ping { n: 7 }));
    client.say(&ServerFrame::Pong { n: 7, now: 1 }).await;
    match link.next().await {
        LinkEvent::Text(text) => assert!(text.contains("pong"), "{text}"),
        other => panic!("{other:?}"),
    }

    link.close().await;
    assert_eq!(client.hear_any().await, None, "the server is told");
}

#[tokio::test]
async fn a_close_code_reaches_the_app_with_its_reason() {
    let (mut server, address) = FakeServer::on_loopback().await;
    let mut link = open(&address);
    let client = server.accept().await;
    assert!(matches!(link.next().await, LinkEvent::Opened));
    client.close(CloseCode::ShuttingDown.code(), "shutting down").await;
    let message = "The server closed the connection: shutting down.".to_owned();
    assert_eq!(ending(&mut link).await, Ending::Closed { code: 4503, message });
}

#[tokio::test]
async fn a_refused_handshake_is_an_ending_with_a_code() {
    let (mut server, address) = FakeServer::on_loopback().await;
    for (status, expected) in [
        (StatusCode::UNAUTHORIZED, CloseCode::NotAuthenticated),
        (StatusCode::FORBIDDEN, CloseCode::NotAllowed),
        (StatusCode::TOO_MANY_REQUESTS, CloseCode::TooMany),
        (StatusCode::SERVICE_UNAVAILABLE, CloseCode::ShuttingDown),
    ] {
        let mut link = open(&address);
        server.refuse(status).await;
        match ending(&mut link).await {
            Ending::Closed { code, .. } => assert_eq!(code, expected.code(), "{status}"),
            other => panic!("{status}: {other:?}"),
        }
    }
    let mut link = open(&address);
    server.refuse(StatusCode::NOT_FOUND).await;
    assert!(matches!(ending(&mut link).await, Ending::Lost { message } if message.contains("404")));
}

#[tokio::test]
async fn what_is_not_our_server_is_lost_with_a_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = ServerAddress::parse(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
    let mut link = open(&address);
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut seen = [0; 512];
    assert!(stream.read(&mut seen).await.unwrap() > 0);
    stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await.unwrap();
    drop(stream);
    let message = "What answers at this address is not a Vigil server.".to_owned();
    assert_eq!(ending(&mut link).await, Ending::Lost { message });

    // Plain bytes where TLS is expected: told as such.
    let encrypted = ServerAddress::parse(&address.as_str().replace("ws://", "wss://")).unwrap();
    let mut link = open(&encrypted);
    let (mut stream, _) = listener.accept().await.unwrap();
    assert!(stream.read(&mut seen).await.unwrap() > 0);
    stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    let said = ending(&mut link).await;
    assert!(
        matches!(&said, Ending::Lost { message } if message.contains("No encrypted connection")),
        "{said:?}"
    );

    drop(listener);
    let mut link = open(&address);
    let message = "Nothing listens at the server's address.".to_owned();
    assert_eq!(ending(&mut link).await, Ending::Lost { message });
}

#[tokio::test]
async fn dropping_a_link_cuts_the_socket() {
    let (mut server, address) = FakeServer::on_loopback().await;
    let mut link = open(&address);
    let mut client = server.accept().await;
    assert!(matches!(link.next().await, LinkEvent::Opened));
    drop(link);
    assert_eq!(client.hear_any().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_given_up() {
    let (_server, way) = FakeServer::in_memory();
    let address = ServerAddress::parse("ws://127.0.0.1:7410").unwrap();
    let mut link = Link::open(way.as_ref() as &dyn Dial, &address, &Token::new("a").unwrap());
    let message = "The server did not answer within 10 seconds.".to_owned();
    assert_eq!(ending(&mut link).await, Ending::Lost { message });
}
