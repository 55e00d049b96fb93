//! Commands on a host: their streams, their end, and that they do not outlive their owner.

use std::collections::HashMap;

use plimsoll::transport::{Connection, RemoteCommand, classify_io};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::ssh_host::{Plan, Script, Seen, SshHost};
use super::{dial, dialer, in_time, over_ssh};

const PROBE: RemoteCommand = RemoteCommand::Probe { sudo: false };

async fn host(words: &str, script: Script) -> (SshHost, Box<dyn Connection>) {
    let host = SshHost::start(Plan {
        commands: HashMap::from([(words.to_owned(), script)]),
        ..Plan::default()
    })
    .await;
    let connection = dial(&dialer(), &over_ssh(host.target())).await.connection();
    (host, connection)
}

#[tokio::test]
async fn a_command_gets_its_input_and_gives_its_output_errors_and_status() {
    let script = Script {
        echoes: true,
        err: b"a line\n\x1b[31mred\x07\r\n\n".to_vec(),
        status: 3,
        ..Script::default()
    };
    let (host, connection) = host("sh -s", script).await;
    let mut process = in_time(connection.run(PROBE).unwrap()).await.unwrap();
    // More than a window of the channel, so that it has to be opened again on the way.
    let input = b"0123456789abcdef".repeat(200_000);
    let mut output = Vec::new();
    let talking = async {
        process.stream.write_all(&input).await.unwrap();
        process.stream.shutdown().await.unwrap();
        process.stream.read_to_end(&mut output).await.unwrap();
    };
    in_time(talking).await;
    assert!(output == input, "{} of {} bytes", output.len(), input.len());
    let ended = in_time(process.ended).await.unwrap();
    assert_eq!(ended.status, Some(3));
    assert_eq!(ended.stderr, "a line; \\u{1b}[31mred\\u{07}");
    assert_eq!(
        host.count(|seen| *seen == Seen::Command("sh -s".to_owned())),
        1
    );
    assert_eq!(connection.opened(), 1);
}

#[tokio::test]
async fn only_the_tail_of_the_errors_is_kept() {
    let mut err = b"first\n".to_vec();
    err.extend(b"padding of a chatty command\n".repeat(1000));
    err.extend(b"last words\n");
    let (_host, connection) = host(
        "sh -s",
        Script {
            err,
            ..Script::default()
        },
    )
    .await;
    let process = in_time(connection.run(PROBE).unwrap()).await.unwrap();
    let ended = in_time(process.ended).await.unwrap();
    assert!(ended.stderr.ends_with("last words"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("first"));
    assert!(ended.stderr.len() < 5000, "{}", ended.stderr.len());
}

#[tokio::test]
async fn dropping_the_stream_closes_the_channel() {
    let (host, connection) = host(
        "sudo -n sh -s",
        Script {
            echoes: true,
            ..Script::default()
        },
    )
    .await;
    let process = in_time(connection.run(RemoteCommand::Probe { sudo: true }).unwrap())
        .await
        .unwrap();
    host.until(1, &Seen::Command("sudo -n sh -s".to_owned()))
        .await;
    drop(process.stream);
    host.until(1, &Seen::ChannelClosed).await;
    let ended = in_time(process.ended).await.unwrap();
    assert_eq!(ended.status, None);
}

#[tokio::test]
async fn a_server_that_runs_no_commands_is_known_by_how_they_end() {
    let host = SshHost::start(Plan {
        runs: false,
        ..Plan::default()
    })
    .await;
    let connection = dial(&dialer(), &over_ssh(host.target())).await.connection();
    let process = in_time(connection.run(PROBE).unwrap()).await.unwrap();
    let ended = in_time(process.ended).await.unwrap();
    assert_eq!(ended.status, None);
    assert_eq!(ended.stderr, "the server refuses to run commands");
}

/// The server takes ten sessions at a time; a ninth of ours waits, and closed ones make room.
#[tokio::test]
async fn no_more_than_eight_commands_run_at_once() {
    let script = Script {
        echoes: true,
        ..Script::default()
    };
    let (host, connection) = host("sh -s", script).await;
    let commands = (0..40).map(|_| async {
        let mut process = connection.run(PROBE).unwrap().await.unwrap();
        process.stream.write_all(b"x").await.unwrap();
        process.stream.shutdown().await.unwrap();
        let mut output = Vec::new();
        process.stream.read_to_end(&mut output).await.unwrap();
        assert_eq!(output, b"x");
        process.ended.await.unwrap().status
    });
    let ended = in_time(futures_util::future::join_all(commands)).await;
    assert!(ended.iter().all(|status| *status == Some(0)), "{ended:?}");
    assert_eq!(connection.opened(), 40);
    assert_eq!(host.count(|seen| *seen == Seen::Connected), 1);
}

#[tokio::test]
async fn a_lost_connection_is_no_end_of_output() {
    let script = Script {
        echoes: true,
        ..Script::default()
    };
    let (host, connection) = host("sh -s", script).await;
    let mut process = in_time(connection.run(PROBE).unwrap()).await.unwrap();
    let mut engine = in_time(connection.open_engine()).await.unwrap();
    host.until(1, &Seen::Command("sh -s".to_owned())).await;
    host.disconnect("going down \u{1b}[2J for maintenance")
        .await;
    for stream in [&mut process.stream, &mut engine] {
        let error = in_time(stream.read(&mut [0; 16])).await.unwrap_err();
        let failure = classify_io(&error).unwrap();
        assert!(
            failure
                .message
                .contains("ended the connection: going down \\u{1b}[2J for"),
            "{failure:?}"
        );
    }
    let failure = in_time(connection.open_engine()).await.err().unwrap();
    assert!(failure.message.contains("going down"), "{failure:?}");
}

#[tokio::test]
async fn whatever_the_server_opens_is_refused() {
    let host = SshHost::start(Plan {
        intrudes: true,
        ..Plan::default()
    })
    .await;
    let connection = dial(&dialer(), &over_ssh(host.target())).await.connection();
    host.until(7, &Seen::Intruded { accepted: false }).await;
    assert_eq!(
        host.count(|seen| *seen == Seen::Intruded { accepted: true }),
        0
    );
    connection.close().await;
}

#[test]
fn streams_may_be_dropped_after_their_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let kept = runtime.block_on(async {
        let script = Script {
            echoes: true,
            ..Script::default()
        };
        let (host, connection) = host("sh -s", script).await;
        let process = in_time(connection.run(PROBE).unwrap()).await.unwrap();
        let engine = in_time(connection.open_engine()).await.unwrap();
        (host, connection, process, engine)
    });
    drop(runtime);
    drop(kept);
}
