//! TCP endpoints: both sides prove themselves, and each thing that can be wrong has a name.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll::access::engine::{Engine, failure_of};
use plimsoll::access::http::Patience;
use plimsoll::access::link::Link;
use plimsoll::access::question::EngineRead;
use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::inventory::spec::{HostSpec, TlsFiles};
use plimsoll::transport::{ByteStream, RemoteCommand, classify_io};
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::tls_host::{Authority, Issued, TlsHost, Valid, answer, files, listen, over_tcp};
use super::{PATIENCE, SHORT, dial, dialer, fixture, in_time};

/// An engine, its authority, and the files of a client it accepts.
struct Setting {
    folder: tempfile::TempDir,
    authority: Authority,
    host: TlsHost,
    files: TlsFiles,
}

async fn setting(names: &[&str], valid: Valid) -> Setting {
    let authority = Authority::new("the engine's");
    let host = TlsHost::start(
        &authority.server(names, valid),
        &authority,
        &[&TLS13, &TLS12],
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), &authority, &authority.client());
    Setting {
        folder,
        authority,
        host,
        files,
    }
}

impl Setting {
    fn spec(&self) -> HostSpec {
        over_tcp(self.host.port, Some(self.files.clone()))
    }

    async fn refused(&self, class: FailureClass) -> Failure {
        let failure = dial(&dialer(), &self.spec())
            .await
            .failed(class, Stage::Tls);
        assert_eq!(self.host.handshakes(), 0);
        failure
    }
}

async fn ask(stream: &mut ByteStream) -> io::Result<Vec<u8>> {
    let asking = async {
        stream
            .write_all(b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")
            .await?;
        stream.flush().await?;
        let mut answer = vec![0; b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK".len()];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    };
    in_time(asking).await
}

#[tokio::test]
async fn both_sides_prove_themselves() {
    let setting = setting(&["127.0.0.1"], Valid::Now).await;
    let dialled = dial(&dialer(), &setting.spec()).await;
    assert_eq!(dialled.stages, [Stage::Name, Stage::Tcp, Stage::Tls]);
    let connection = dialled.connection();
    let mut first = in_time(connection.open_engine()).await.unwrap();
    let mut second = in_time(connection.open_engine()).await.unwrap();
    for _ in 0..2 {
        assert!(ask(&mut first).await.unwrap().ends_with(b"OK"));
        assert!(ask(&mut second).await.unwrap().ends_with(b"OK"));
    }
    assert_eq!(connection.opened(), 2);
    assert_eq!(setting.host.handshakes(), 2);
    assert_eq!(
        connection.engine_route(),
        format!("TLS 127.0.0.1:{}", setting.host.port)
    );
    let key = connection.peer_key().unwrap();
    assert!(
        key.starts_with("SHA256:") && key.len() == 7 + 32 * 3 - 1,
        "{key}"
    );
    assert!(
        connection
            .run(RemoteCommand::Probe { sudo: false })
            .is_none()
    );
    assert_eq!(connection.peer_pid(), None);
    connection.close().await;
}

#[tokio::test]
async fn only_the_given_authority_may_vouch() {
    let mut setting = setting(&["127.0.0.1"], Valid::Now).await;
    let other = Authority::new("somebody else's");
    std::fs::write(setting.files.ca.as_ref().unwrap(), other.pem()).unwrap();
    let failure = setting.refused(FailureClass::TlsCa).await;
    assert!(
        failure.message.contains("authority in tls.ca"),
        "{failure:?}"
    );
    // Several authorities in one file are fine.
    let both = setting.folder.path().join("both.pem");
    setting.files.ca = Some(both.clone());
    std::fs::write(both, other.pem() + &setting.authority.pem()).unwrap();
    dial(&dialer(), &setting.spec()).await.connection();
}

#[tokio::test]
async fn the_name_must_be_in_the_certificate() {
    // The common name says 127.0.0.1, but that has not counted for long.
    let mut setting = setting(&["engine.example"], Valid::Now).await;
    let failure = setting.refused(FailureClass::TlsName).await;
    assert!(failure.message.contains("not for 127.0.0.1"), "{failure:?}");
    assert!(
        failure.causes.concat().contains("engine.example"),
        "{failure:?}"
    );
    setting.files.server_name = Some("engine.example".to_owned());
    dial(&dialer(), &setting.spec()).await.connection();
}

#[tokio::test]
async fn a_server_name_that_is_none_is_refused_before_anything_is_contacted() {
    let mut setting = setting(&["127.0.0.1"], Valid::Now).await;
    setting.files.server_name = Some("no name at all".to_owned());
    let dialled = dial(&dialer(), &setting.spec()).await;
    assert!(dialled.stages.is_empty());
    assert_eq!(dialled.failure().class, FailureClass::TlsName);
}

#[tokio::test]
async fn dates_are_checked() {
    for (valid, words) in [
        (Valid::Expired, "has expired"),
        (Valid::NotYet, "not valid yet"),
    ] {
        let setting = setting(&["127.0.0.1"], valid).await;
        let failure = setting.refused(FailureClass::TlsExpired).await;
        assert!(failure.message.contains(words), "{failure:?}");
    }
}

/// The failure of the first wave of questions to an engine that does not accept `client`.
async fn turned_away(
    versions: &[&'static rustls::SupportedProtocolVersion],
    client: &Issued,
) -> Failure {
    let authority = Authority::new("the engine's");
    let server = authority.server(&["127.0.0.1"], Valid::Now);
    let host = TlsHost::start(&server, &authority, versions).await;
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), &authority, client);
    let dialled = dial(&dialer(), &over_tcp(host.port, Some(files))).await;
    let connection = match dialled.result {
        Ok(connection) => connection,
        Err(failure) => return failure,
    };
    let link = Link::read_only(Arc::from(connection));
    let patience = Patience {
        idle: PATIENCE,
        end: tokio::time::Instant::now() + PATIENCE,
    };
    let engine = match Engine::open(&link, patience).await {
        Ok(engine) => engine,
        Err(failure) => return failure,
    };
    in_time(engine.wave(vec![EngineRead::Version, EngineRead::Info], None, &|| {})).await;
    failure_of(&engine.take_answers()).expect("an engine answered")
}

#[tokio::test]
async fn a_certificate_of_ours_that_is_not_accepted_is_named_in_every_version() {
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let foreign = Authority::new("nobody's").client();
        let failure = turned_away(versions, &foreign).await;
        assert_eq!(failure.class, FailureClass::TlsClientCert, "{failure:?}");
        assert_eq!(failure.stage, Stage::Tls);
        assert!(failure.hint.contains("tls.cert"), "{failure:?}");
    }
}

/// Files that are wrong, each with the class and words of its fault; written to `folder`.
fn faulty(
    folder: &Path,
    good: &TlsFiles,
    stranger: &str,
) -> Vec<(TlsFiles, FailureClass, &'static str)> {
    const LOCKED: &str = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    const LOCKED8: &str =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    const BROKEN: &str = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    const ODD: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let ca = |path: PathBuf, words| {
        let files = TlsFiles {
            ca: Some(path),
            ..good.clone()
        };
        (files, FailureClass::TlsCa, words)
    };
    let cert = |path: PathBuf, words| {
        let files = TlsFiles {
            cert: Some(path),
            ..good.clone()
        };
        (files, FailureClass::TlsClientCert, words)
    };
    let key = |path: PathBuf, words| {
        let files = TlsFiles {
            key: Some(path),
            ..good.clone()
        };
        (files, FailureClass::TlsClientCert, words)
    };
    let absent = folder.join("absent.pem");
    vec![
        ca(absent.clone(), "absent.pem does not exist"),
        ca(put("empty.pem", ""), "empty.pem holds no PEM certificate"),
        ca(put("broken.pem", BROKEN), "broken.pem is damaged"),
        ca(put("odd.pem", ODD), "odd.pem holds a certificate that"),
        cert(absent.clone(), "absent.pem does not exist"),
        cert(
            good.key.clone().unwrap(),
            "key.pem holds no PEM certificate",
        ),
        key(absent, "absent.pem does not exist"),
        key(
            good.cert.clone().unwrap(),
            "cert.pem holds no PEM private key",
        ),
        key(
            put("stranger.pem", stranger),
            "does not belong to the certificate in",
        ),
        key(put("locked.pem", LOCKED), "is encrypted"),
        key(put("locked8.pem", LOCKED8), "is encrypted"),
        key(folder.to_owned(), "cannot be read"),
    ]
}

#[tokio::test]
async fn faults_of_our_files_are_found_here_and_by_name() {
    let setting = setting(&["127.0.0.1"], Valid::Now).await;
    let stranger = setting.authority.client().key.serialize_pem();
    for (files, class, words) in faulty(setting.folder.path(), &setting.files, &stranger) {
        let dialled = dial(&dialer(), &over_tcp(setting.host.port, Some(files))).await;
        assert!(
            dialled.stages.is_empty(),
            "something was contacted: {words}"
        );
        let failure = dialled.failure();
        assert_eq!(failure.class, class, "{failure:?}");
        assert!(failure.message.contains(words), "{failure:?}");
        assert!(!format!("{failure:?}").contains("AAAA"), "{failure:?}");
    }
}

#[tokio::test]
async fn keys_of_all_formats_are_read() {
    let authority = Authority::new("the engine's");
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), &authority, &authority.client());
    let host = TlsHost::start(
        &authority.server(&["127.0.0.1"], Valid::Now),
        &authority,
        &[&TLS13],
    )
    .await;
    for key in ["rsa.pkcs1", "rsa.pkcs8", "ecdsa.pkcs8", "ecdsa.sec1"] {
        // They do not belong to the certificate: that is only known once they have been read.
        let files = TlsFiles {
            key: Some(fixture("keys").join(key)),
            ..files.clone()
        };
        let failure = dial(&dialer(), &over_tcp(host.port, Some(files)))
            .await
            .failure();
        assert!(
            failure.message.contains("does not belong"),
            "{key}: {failure:?}"
        );
    }
}

/// Dials a peer that answers a greeting with `words` as if it spoke TLS.
async fn answered(words: &'static [u8]) -> Failure {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 2048];
        let heard = stream.read(&mut greeting).await.unwrap();
        assert!(heard > 0, "no greeting");
        stream.write_all(words).await.unwrap();
    });
    let authority = Authority::new("the engine's");
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), &authority, &authority.client());
    dial(&dialer(), &over_tcp(address.port(), Some(files)))
        .await
        .failure()
}

#[tokio::test]
async fn other_servers_are_recognised() {
    for (words, class, what) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            FailureClass::Protocol,
            "plain HTTP",
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\n\r\n",
            FailureClass::ProxyBlocked,
            "proxy",
        ),
        (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            FailureClass::Protocol,
            "SSH server",
        ),
        (
            b"\x1b]0;owned\x07\r\n",
            FailureClass::Protocol,
            "does not speak TLS",
        ),
        (b"", FailureClass::Protocol, "closed the connection"),
        // A fatal alert about the version.
        (
            b"\x15\x03\x03\x00\x02\x02\x46",
            FailureClass::Protocol,
            "in common",
        ),
    ] {
        let failure = answered(words).await;
        assert_eq!(
            (failure.class, failure.stage),
            (class, Stage::Tls),
            "{failure:?}"
        );
        assert!(failure.message.contains(what), "{failure:?}");
        assert!(!failure.hint.is_empty());
    }
}

#[tokio::test]
async fn silence_is_a_timeout_at_its_stage() {
    let (listener, address) = listen().await;
    let authority = Authority::new("the engine's");
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), &authority, &authority.client());
    let mut spec = over_tcp(address.port(), Some(files));
    spec.connect_timeout = SHORT;
    dial(&dialer(), &spec)
        .await
        .failed(FailureClass::Timeout, Stage::Tls);
    drop(listener);
    dial(&dialer(), &spec)
        .await
        .failed(FailureClass::Refused, Stage::Tcp);
}

#[tokio::test]
async fn plain_http_works_where_the_inventory_asks_for_it() {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    let dialled = dial(&dialer(), &over_tcp(address.port(), None)).await;
    assert_eq!(dialled.stages, [Stage::Name, Stage::Tcp]);
    let connection = dialled.connection();
    for _ in 0..3 {
        let mut stream = in_time(connection.open_engine()).await.unwrap();
        assert!(ask(&mut stream).await.unwrap().ends_with(b"OK"));
    }
    assert_eq!(connection.peer_key(), None);
    assert!(
        connection
            .engine_route()
            .starts_with("plain HTTP 127.0.0.1:")
    );
}

fn assert_spoke_tls(error: &io::Error) {
    let failure = classify_io(error).unwrap();
    assert_eq!(failure.class, FailureClass::Protocol);
    assert!(failure.message.contains("speaks TLS"), "{failure:?}");
}

#[tokio::test]
async fn plain_http_to_a_tls_port_is_said_so() {
    // An engine in Go answers in HTTP, others with an alert.
    for words in [
        &b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"[..],
        b"\x15\x03\x01\x00\x02\x02\x0a",
    ] {
        let (listener, address) = listen().await;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 256];
                let heard = stream.read(&mut request).await.unwrap();
                assert!(heard > 0, "no request");
                stream.write_all(words).await.unwrap();
            }
        });
        let connection = dial(&dialer(), &over_tcp(address.port(), None))
            .await
            .connection();
        let mut stream = in_time(connection.open_engine()).await.unwrap();
        stream
            .write_all(b"GET /_ping HTTP/1.1\r\n\r\n")
            .await
            .unwrap();
        // Read in small pieces, as a reader of headers does.
        let error = loop {
            match in_time(stream.read(&mut [0; 24])).await {
                Ok(n) => assert!(n > 0, "it was taken for an engine"),
                Err(error) => break error,
            }
        };
        assert_spoke_tls(&error);

        // And at one go.
        let mut stream = in_time(connection.open_engine()).await.unwrap();
        stream
            .write_all(b"GET /_ping HTTP/1.1\r\n\r\n")
            .await
            .unwrap();
        let error = in_time(stream.read_to_end(&mut Vec::new()))
            .await
            .unwrap_err();
        assert_spoke_tls(&error);
    }
}
