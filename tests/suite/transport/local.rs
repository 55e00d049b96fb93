//! The engine of this machine and the probe as a child process.

use std::path::Path;

use plimsoll::domain::failure::{FailureClass, Stage};
use plimsoll::inventory::spec::{Endpoint, HostSpec};
use plimsoll::transport::{Connection, Process, RemoteCommand};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use super::tls_host::answer;
use super::{dial, dialer, in_time, spec};

fn at(path: &Path) -> HostSpec {
    spec(Endpoint::Unix {
        path: path.to_owned(),
    })
}

/// A connection to an engine that this process plays.
async fn engine() -> (tempfile::TempDir, Box<dyn Connection>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    let dialled = dial(&dialer(), &at(&path)).await;
    assert_eq!(dialled.stages, [Stage::Tcp]);
    (folder, dialled.connection())
}

async fn probe(connection: &dyn Connection, script: &str) -> Process {
    let starting = connection
        .run(RemoteCommand::Probe { sudo: false })
        .unwrap();
    let mut process = in_time(starting).await.unwrap();
    process.stream.write_all(script.as_bytes()).await.unwrap();
    process.stream.shutdown().await.unwrap();
    process
}

#[tokio::test]
async fn a_socket_gives_streams_and_the_process_behind_it() {
    let (folder, connection) = engine().await;
    for _ in 0..3 {
        let mut stream = in_time(connection.open_engine()).await.unwrap();
        stream
            .write_all(b"GET /_ping HTTP/1.1\r\n\r\n")
            .await
            .unwrap();
        let mut said = [0; 15];
        in_time(stream.read_exact(&mut said)).await.unwrap();
        assert_eq!(&said, b"HTTP/1.1 200 OK");
    }
    assert_eq!(connection.opened(), 3);
    assert_eq!(connection.peer_pid(), Some(std::process::id()));
    assert_eq!(connection.peer_key(), None);
    let route = format!("socket {}", folder.path().join("engine.sock").display());
    assert_eq!(connection.engine_route(), route);
    assert!(
        connection
            .run(RemoteCommand::DialStdio { sudo: false })
            .is_none()
    );
    connection.close().await;
}

#[tokio::test]
async fn no_socket_and_nobody_behind_it_are_two_things() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    let failure = dial(&dialer(), &at(&path))
        .await
        .failed(FailureClass::SocketMissing, Stage::Tcp);
    assert!(failure.message.contains("engine.sock"), "{failure:?}");

    // An engine that died leaves its socket behind.
    drop(UnixListener::bind(&path).unwrap());
    dial(&dialer(), &at(&path))
        .await
        .failed(FailureClass::DaemonDown, Stage::Tcp);

    // A file, or a folder on the way that is none, is no socket either.
    std::fs::write(folder.path().join("file"), "").unwrap();
    for path in ["file", "file/engine.sock"] {
        let failure = dial(&dialer(), &at(&folder.path().join(path)))
            .await
            .failure();
        assert_eq!(failure.stage, Stage::Tcp, "{failure:?}");
        assert!(!failure.causes.is_empty(), "{failure:?}");
    }
}

#[tokio::test]
async fn the_probe_runs_as_a_child() {
    let (_folder, connection) = engine().await;
    let mut process = probe(
        connection.as_ref(),
        "echo one; printf 'a\\033[31mb\\n' >&2; cat; exit 7\n",
    )
    .await;
    let mut said = String::new();
    in_time(process.stream.read_to_string(&mut said))
        .await
        .unwrap();
    assert_eq!(said, "one\n");
    let ended = in_time(process.ended).await.unwrap();
    assert_eq!(ended.status, Some(7));
    assert_eq!(ended.stderr, "a\\u{1b}[31mb");
}

#[tokio::test]
async fn the_status_comes_though_the_streams_were_dropped_at_their_end() {
    let (_folder, connection) = engine().await;
    let mut process = probe(connection.as_ref(), "echo done; exec >&-; exit 5\n").await;
    let mut said = String::new();
    in_time(process.stream.read_to_string(&mut said))
        .await
        .unwrap();
    drop(process.stream);
    assert_eq!(in_time(process.ended).await.unwrap().status, Some(5));
}

#[tokio::test]
async fn dropping_the_streams_ends_the_child() {
    let (_folder, connection) = engine().await;
    let mut process = probe(connection.as_ref(), "echo $$; exec sleep 1000\n").await;
    let mut said = [0; 16];
    let n = in_time(process.stream.read(&mut said)).await.unwrap();
    let pid: u32 = std::str::from_utf8(&said[..n])
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(Path::new(&format!("/proc/{pid}")).exists() || !cfg!(target_os = "linux"));
    drop(process.stream);
    let ended = in_time(process.ended).await.unwrap();
    assert_eq!(ended.status, None);
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn a_grandchild_that_holds_the_errors_open_holds_nothing_up() {
    let (_folder, connection) = engine().await;
    let mut process = probe(
        connection.as_ref(),
        "echo early >&2; sleep 1000 >/dev/null </dev/null & echo $!\n",
    )
    .await;
    let mut said = String::new();
    in_time(process.stream.read_to_string(&mut said))
        .await
        .unwrap();
    let ended = in_time(process.ended).await.unwrap();
    assert_eq!(ended.status, Some(0));
    assert_eq!(ended.stderr, "early");
    let killed = std::process::Command::new("kill")
        .arg(said.trim())
        .status()
        .unwrap();
    assert!(killed.success());
}
