//! Peers that are no SSH server, or none that will talk to us: each with its class, its stage and its one line.

use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;

use super::{Dialled, SHORT, dial, dialer, in_time, over_ssh, target};

/// What a peer does after its first words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Close,
    Hold,
}

/// A peer that says `words` to everybody, and tells when the first one has left.
async fn peer(words: &'static [u8], then: Then) -> (u16, oneshot::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, left) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(words).await.unwrap();
        if then == Then::Close {
            // All of the greeting is taken, so that closing is no reset.
            let mut greeting = [0; 256];
            let heard = stream.read(&mut greeting).await.unwrap();
            assert!(heard > 0, "no greeting");
            drop(stream);
        } else {
            let mut rest = Vec::new();
            if let Err(error) = stream.read_to_end(&mut rest).await {
                println!("left with {error}");
            }
        }
        assert!(tell.send(()).is_ok(), "the test did not wait");
    });
    (port, left)
}

async fn ssh(port: u16) -> Dialled {
    let mut spec = over_ssh(target(port));
    spec.connect_timeout = SHORT;
    dial(&dialer(), &spec).await
}

/// Dials a peer that answers with `words`, which must fail so; and is let go of.
async fn answered(words: &'static [u8], then: Then, class: FailureClass) -> Failure {
    let (port, left) = peer(words, then).await;
    let failure = ssh(port).await.failed(class, Stage::Kex);
    in_time(left).await.unwrap();
    failure
}

#[tokio::test]
async fn a_silent_peer_is_a_timeout_and_is_let_go_of() {
    let failure = answered(b"", Then::Hold, FailureClass::Timeout).await;
    assert!(failure.message.contains("says nothing"), "{failure:?}");
}

#[tokio::test]
async fn a_server_that_stops_after_its_greeting_is_let_go_of() {
    // The library's task has begun by then, and would read for ever.
    let failure = answered(b"SSH-2.0-slow\r\n", Then::Hold, FailureClass::Timeout).await;
    assert!(failure.message.contains("exchanging keys"), "{failure:?}");
}

#[tokio::test]
async fn other_servers_are_recognised() {
    for (words, what) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            "an HTTP server answers",
        ),
        (
            b"<HTML><body>hello</body></html>\n",
            "an HTTP server answers",
        ),
        (b"\x15\x03\x01\x00\x02\x02\x46", "a TLS server answers"),
        (b"220 mail.example ESMTP\r\n", "220 mail.example ESMTP"),
        (b"SSH-1.5-ancient\r\n", "version 1"),
    ] {
        for then in [Then::Hold, Then::Close] {
            let failure = answered(words, then, FailureClass::Protocol).await;
            assert!(failure.message.contains(what), "{failure:?}");
            assert!(failure.hint.contains("port"), "{failure:?}");
        }
    }
}

#[tokio::test]
async fn what_a_peer_says_cannot_reach_the_terminal() {
    let failure = answered(
        b"\x1b]0;owned\x07\x1b[2J\xe2\x80\xaegnp\r\n",
        Then::Hold,
        FailureClass::Protocol,
    )
    .await;
    assert!(failure.message.contains("\\u{1b}]0;owned"), "{failure:?}");
    assert!(!failure.message.contains('\u{202e}'), "{failure:?}");
}

#[tokio::test]
async fn endless_garbage_ends() {
    let words: &'static [u8] = Box::leak(vec![b'x'; 1 << 20].into_boxed_slice());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let babbling = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        while stream.write_all(words).await.is_ok() {}
    });
    let failure = ssh(port).await.failed(FailureClass::Protocol, Stage::Kex);
    assert!(failure.message.len() < 300, "{failure:?}");
    in_time(babbling).await.unwrap();
}

#[tokio::test]
async fn servers_that_turn_us_away_are_no_mystery() {
    for words in [
        &b"Exceeded MaxStartups\r\n"[..],
        b"Not allowed at this time\r\n",
        b"",
    ] {
        answered(words, Then::Close, FailureClass::RateLimited).await;
    }
}

#[tokio::test]
async fn nothing_in_common_names_both_sides() {
    // A server that only knows an algorithm from another time.
    let mut packet = vec![20];
    packet.extend([0; 16]);
    for list in [
        "diffie-hellman-group1-sha1",
        "ssh-dss",
        "3des-cbc",
        "3des-cbc",
        "hmac-md5",
        "hmac-md5",
        "none",
        "none",
        "",
        "",
    ] {
        packet.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
        packet.extend(list.as_bytes());
    }
    packet.extend([0; 5]);
    let padding = 8 - (packet.len() + 5) % 8 + 8;
    let mut words = b"SSH-2.0-old\r\n".to_vec();
    words.extend(
        u32::try_from(packet.len() + padding + 1)
            .unwrap()
            .to_be_bytes(),
    );
    words.push(u8::try_from(padding).unwrap());
    words.extend(packet);
    words.resize(words.len() + padding, 0);
    let words: &'static [u8] = Box::leak(words.into_boxed_slice());
    let failure = answered(words, Then::Hold, FailureClass::Protocol).await;
    assert!(failure.message.contains("in common"), "{failure:?}");
    assert!(
        failure
            .causes
            .join("\n")
            .contains("diffie-hellman-group1-sha1"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let failure = ssh(port).await.failed(FailureClass::Refused, Stage::Tcp);
    assert!(
        failure.message.contains(&format!("127.0.0.1:{port}")),
        "{failure:?}"
    );
}

#[tokio::test]
async fn packets_that_vanish_are_a_timeout() {
    // With its queue full, the kernel drops further connection requests, as a firewall would.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(SHORT, TcpStream::connect(address)).await {
        waiting.push(stream);
        assert!(waiting.len() < 64, "the queue has no end");
    }
    let failure = ssh(address.port())
        .await
        .failed(FailureClass::Timeout, Stage::Tcp);
    assert!(failure.message.contains("connecting to"), "{failure:?}");
}

#[tokio::test]
async fn a_name_without_an_address_is_said_so() {
    let mut target = target(22);
    // Reserved by RFC 6761: it never has one.
    "nothing.invalid".clone_into(&mut target.host);
    let failure = dial(&dialer(), &over_ssh(target))
        .await
        .failed(FailureClass::Dns, Stage::Name);
    assert!(failure.message.contains("nothing.invalid"), "{failure:?}");
}

#[tokio::test]
async fn giving_up_on_a_dial_lets_go_of_the_peer() {
    let (port, left) = peer(b"SSH-2.0-slow\r\n", Then::Hold).await;
    let spec = over_ssh(target(port));
    let dialer = dialer();
    let (reached, waits) = oneshot::channel();
    let reached = std::sync::Mutex::new(Some(reached));
    let tell = move |stage| {
        if stage == Stage::Kex
            && let Some(reached) = reached.lock().unwrap().take()
        {
            assert!(reached.send(()).is_ok());
        }
    };
    tokio::select! {
        _ = plimsoll::transport::Dial::dial(&dialer, &spec, &tell) => panic!("it came to an end"),
        stopped = waits => stopped.unwrap(),
    }
    in_time(left).await.unwrap();
}
