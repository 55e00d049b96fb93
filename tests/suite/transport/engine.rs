//! The way to the engine over SSH: forwarded sockets, then the engine's relay, and why neither.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::domain::host::HostHeader;
use plimsoll::inventory::spec::{Endpoint, HostSpec, Sudo};
use plimsoll::transport::{ByteStream, Connection, Dialer, Memory, Relayer, Route, SshEnvironment};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::ssh_host::{Plan, Script, Seen, SshHost};
use super::{dial, dialer, in_time, over_ssh, spec};

const RELAY: &str = "docker system dial-stdio";
const SUDO_RELAY: &str = "sudo -n docker system dial-stdio";

fn script(err: &str, status: u32) -> Script {
    Script {
        err: err.as_bytes().to_vec(),
        status,
        ..Script::default()
    }
}

fn relay() -> Script {
    Script {
        relays: true,
        ..Script::default()
    }
}

fn no_sockets(commands: &[(&str, Script)]) -> Plan {
    Plan {
        sockets: Vec::new(),
        commands: commands
            .iter()
            .map(|(words, script)| ((*words).to_owned(), script.clone()))
            .collect::<HashMap<_, _>>(),
        ..Plan::default()
    }
}

async fn connect(host: &SshHost, socket: Option<&str>, sudo: Sudo) -> Box<dyn Connection> {
    let spec = HostSpec {
        sudo,
        ..spec(Endpoint::Ssh {
            target: host.target(),
            socket: socket.map(str::to_owned),
        })
    };
    dial(&dialer(), &spec).await.connection()
}

/// One request and its answer.
async fn ask(stream: &mut ByteStream) {
    let asking = async {
        stream
            .write_all(b"GET /version HTTP/1.1\r\nHost: docker\r\n\r\n")
            .await
            .unwrap();
        let mut answer = vec![0; b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK".len()];
        stream.read_exact(&mut answer).await.unwrap();
        assert!(answer.ends_with(b"\r\n\r\nOK"), "{answer:?}");
    };
    in_time(asking).await;
}

fn commands(host: &SshHost) -> Vec<String> {
    host.seen()
        .into_iter()
        .filter_map(|seen| match seen {
            Seen::Command(words) => Some(words),
            _ => None,
        })
        .collect()
}

fn sockets(host: &SshHost) -> Vec<String> {
    host.seen()
        .into_iter()
        .filter_map(|seen| match seen {
            Seen::Socket(path) => Some(path),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn the_usual_socket_is_forwarded_and_nothing_runs() {
    let host = SshHost::start(Plan::default()).await;
    let connection = connect(&host, None, Sudo::Auto).await;
    let mut first = in_time(connection.open_engine()).await.unwrap();
    ask(&mut first).await;
    let more = (0..7).map(|_| connection.open_engine());
    for stream in in_time(futures_util::future::join_all(more)).await {
        ask(&mut stream.unwrap()).await;
    }
    ask(&mut first).await;
    assert_eq!(connection.engine_route(), "forwarded /var/run/docker.sock");
    assert_eq!(connection.engine_streams(), 8);
    // The eight, a session in case no socket had been forwarded, and the other usual sockets, which are not there.
    assert_eq!(connection.opened(), 9);
    let usual = |path: &&String| *path == "/var/run/docker.sock";
    assert_eq!(sockets(&host).iter().filter(usual).count(), 8);
    assert_eq!(commands(&host), Vec::<String>::new());
}

#[tokio::test]
async fn streams_may_be_opened_at_once_from_the_start() {
    let host = SshHost::start(Plan {
        sockets: vec!["/run/podman/podman.sock".to_owned()],
        ..Plan::default()
    })
    .await;
    let connection = connect(&host, None, Sudo::Never).await;
    let opening = (0..8).map(|_| connection.open_engine());
    for stream in in_time(futures_util::future::join_all(opening)).await {
        ask(&mut stream.unwrap()).await;
    }
    assert_eq!(
        connection.engine_route(),
        "forwarded /run/podman/podman.sock"
    );
    // The likeliest is tried by all, the rest by one of them, and what was found is used by the others.
    let tried = sockets(&host);
    let of = |path: &str| tried.iter().filter(|tried| *tried == path).count();
    assert_eq!(of("/var/run/docker.sock"), 8);
    assert_eq!(of("/run/docker.sock"), 1);
    assert_eq!(of("/run/podman/podman.sock"), 8);
}

#[tokio::test]
async fn a_named_socket_is_the_only_one() {
    let host = SshHost::start(Plan {
        sockets: vec![
            "/var/run/docker.sock".to_owned(),
            "/srv/engine.sock".to_owned(),
        ],
        ..no_sockets(&[(RELAY, relay())])
    })
    .await;
    let connection = connect(&host, Some("/srv/engine.sock"), Sudo::Auto).await;
    ask(&mut in_time(connection.open_engine()).await.unwrap()).await;
    assert_eq!(sockets(&host), ["/srv/engine.sock"]);

    // Neither another socket nor the relay may stand in for it: that would be another engine.
    let connection = connect(&host, Some("/srv/other.sock"), Sudo::Auto).await;
    let failure = in_time(connection.open_engine()).await.err().unwrap();
    assert_eq!(failure.class, FailureClass::ForwardRefused, "{failure:?}");
    assert!(failure.message.contains("/srv/other.sock"), "{failure:?}");
    assert_eq!(commands(&host), Vec::<String>::new());

    // The usual socket by name is where the relay leads.
    let host = SshHost::start(no_sockets(&[(RELAY, relay())])).await;
    let connection = connect(&host, Some("/var/run/docker.sock"), Sudo::Auto).await;
    ask(&mut in_time(connection.open_engine()).await.unwrap()).await;
    assert_eq!(connection.engine_route(), RELAY);
}

#[tokio::test]
async fn where_forwarding_is_refused_the_relay_answers() {
    let host = SshHost::start(no_sockets(&[(RELAY, relay())])).await;
    let connection = connect(&host, None, Sudo::Auto).await;
    assert_eq!(connection.engine_streams(), 4, "nothing is known yet");
    let mut first = in_time(connection.open_engine()).await.unwrap();
    let mut second = in_time(connection.open_engine()).await.unwrap();
    ask(&mut second).await;
    ask(&mut first).await;
    assert_eq!(connection.engine_route(), RELAY);
    assert_eq!(connection.engine_streams(), 4);
    assert_eq!(commands(&host), [RELAY, RELAY]);
    // Sockets are not tried again once the way is known.
    assert_eq!(sockets(&host).len(), 3);
}

#[tokio::test]
async fn the_relay_is_tried_as_root_only_where_the_inventory_allows_it() {
    let denied = "dial unix /var/run/docker.sock: connect: permission denied\n";
    let plan = no_sockets(&[(RELAY, script(denied, 1)), (SUDO_RELAY, relay())]);
    let host = SshHost::start(plan.clone()).await;
    let connection = connect(&host, None, Sudo::Auto).await;
    ask(&mut in_time(connection.open_engine()).await.unwrap()).await;
    assert_eq!(connection.engine_route(), SUDO_RELAY);
    assert_eq!(commands(&host), [RELAY, SUDO_RELAY]);

    let host = SshHost::start(plan).await;
    let connection = connect(&host, None, Sudo::Never).await;
    let failure = in_time(connection.open_engine()).await.err().unwrap();
    assert_eq!(failure.class, FailureClass::SocketDenied);
    assert_eq!(commands(&host), [RELAY]);
}

/// Why there is no way, on a host where the relay complains so.
async fn complaint(plain: Script, sudo: Option<Script>) -> Failure {
    let mut all = vec![(RELAY, plain)];
    let allowed = match sudo {
        Some(script) => {
            all.push((SUDO_RELAY, script));
            Sudo::Auto
        }
        None => Sudo::Never,
    };
    let host = SshHost::start(no_sockets(&all)).await;
    let connection = connect(&host, None, allowed).await;
    let failure = in_time(connection.open_engine()).await.err().unwrap();
    assert_eq!(failure.stage, Stage::Channel);
    assert!(!failure.hint.is_empty());
    // Asked again, it says the same without trying the host again.
    let tried = host.seen().len();
    let again = in_time(connection.open_engine()).await.err().unwrap();
    assert_eq!(failure, again);
    // As the account, as root, and the word for a forced command.
    assert!(commands(&host).len() <= 3 && host.seen().len() <= tried + 1);
    failure
}

#[tokio::test]
async fn what_the_relay_complains_of_becomes_the_cause() {
    use FailureClass::{DaemonDown, ForwardRefused, SocketDenied, SocketMissing};
    let denied = || {
        script(
            "failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: permission denied\n",
            1,
        )
    };
    let password = || script("sudo: a password is required\n", 1);
    for (plain, sudo, class) in [
        (denied(), None, SocketDenied),
        (denied(), Some(password()), SocketDenied),
        (
            denied(),
            Some(script(
                "dial unix /var/run/docker.sock: connect: connection refused\n",
                1,
            )),
            DaemonDown,
        ),
        (
            denied(),
            Some(script(
                "dial unix /var/run/docker.sock: connect: no such file or directory\n",
                1,
            )),
            SocketMissing,
        ),
        (
            script(
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n",
                1,
            ),
            Some(password()),
            DaemonDown,
        ),
        (
            script(
                "dial unix /var/run/docker.sock: connect: no such file or directory\n",
                1,
            ),
            None,
            SocketMissing,
        ),
        (
            script("sh: 1: docker: not found\n", 127),
            None,
            SocketMissing,
        ),
        (
            script("bash: docker: command not found\n", 127),
            Some(password()),
            SocketMissing,
        ),
        (
            script("bash: /usr/bin/docker: Permission denied\n", 126),
            None,
            ForwardRefused,
        ),
        (
            script("docker: 'system dial-stdio' is not a docker command.\n", 1),
            None,
            ForwardRefused,
        ),
        (script("", 1), Some(script("", 1)), ForwardRefused),
        (script("", 0), None, ForwardRefused),
    ] {
        let said = format!("{plain:?} {sudo:?}");
        let failure = complaint(plain, sudo).await;
        assert_eq!(failure.class, class, "{said}: {failure:?}");
        assert!(
            failure.causes[0].starts_with("docker system dial-stdio ended with status"),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn complaints_are_cleaned() {
    let failure = complaint(script("\u{1b}[31mpermission denied\u{7}\n", 1), None).await;
    assert!(!failure.causes.concat().contains('\u{1b}'), "{failure:?}");
    assert_eq!(failure.class, FailureClass::SocketDenied);
}

#[tokio::test]
async fn neither_forwarding_nor_commands_is_said_so() {
    let host = SshHost::start(Plan {
        runs: false,
        ..no_sockets(&[])
    })
    .await;
    let connection = connect(&host, None, Sudo::Auto).await;
    let failure = in_time(connection.open_engine()).await.err().unwrap();
    assert_eq!(failure.class, FailureClass::ForwardRefused);
    assert!(failure.message.contains("nor runs commands"), "{failure:?}");
}

#[tokio::test]
async fn a_talkative_login_shell_is_not_taken_for_an_engine() {
    let greeting = Script {
        out: b"Welcome to web-01!\nlast login: today\n".to_vec(),
        ..Script::default()
    };
    let host = SshHost::start(no_sockets(&[(RELAY, greeting)])).await;
    let connection = connect(&host, None, Sudo::Never).await;
    let failure = in_time(connection.open_engine()).await.err().unwrap();
    assert_eq!(failure.class, FailureClass::Protocol);
    assert!(
        failure.message.contains("Welcome to web-01!"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_relay_that_never_answers_is_a_timeout() {
    let silent = Script {
        echoes: true,
        ..Script::default()
    };
    let host = SshHost::start(no_sockets(&[(RELAY, silent)])).await;
    let mut spec = over_ssh(host.target());
    spec.connect_timeout = std::time::Duration::from_secs(1);
    let connection = dial(&dialer(), &spec).await.connection();
    let failure = in_time(connection.open_engine()).await.err().unwrap();
    assert_eq!(failure.class, FailureClass::Timeout, "{failure:?}");
    assert_eq!(failure.stage, Stage::Channel);
    host.until(1, &Seen::ChannelClosed).await;
}

#[tokio::test]
async fn a_dropped_stream_closes_its_channel_and_no_other() {
    let host = SshHost::start(Plan::default()).await;
    let connection = connect(&host, None, Sudo::Never).await;
    let mut kept = in_time(connection.open_engine()).await.unwrap();
    // The session that was opened in case no socket is forwarded.
    host.until(1, &Seen::ChannelClosed).await;
    let dropped = in_time(connection.open_engine()).await.unwrap();
    drop(dropped);
    host.until(2, &Seen::ChannelClosed).await;
    ask(&mut kept).await;
    assert_eq!(host.count(|seen| *seen == Seen::ChannelClosed), 2);
}

/// A memory for one host.
#[derive(Default)]
struct Memo(Mutex<Option<Route>>);

impl Memory for Memo {
    fn recall(&self, _host: &HostHeader) -> Option<Route> {
        self.0.lock().unwrap().clone()
    }

    fn remember(&self, _host: &HostHeader, route: &Route) {
        *self.0.lock().unwrap() = Some(route.clone());
    }
}

async fn connect_remembering(host: &SshHost, memory: &Arc<Memo>) -> Box<dyn Connection> {
    let memory = Arc::clone(memory) as Arc<dyn Memory>;
    let desk = Arc::new(plimsoll::transport::ask::Desk::nobody());
    let dialer = Dialer::remembering(SshEnvironment::default(), desk, memory);
    dial(&dialer, &over_ssh(host.target())).await.connection()
}

#[tokio::test]
async fn what_worked_is_tried_first_the_next_time() {
    let host = SshHost::start(no_sockets(&[(RELAY, relay())])).await;
    let memory = Arc::new(Memo::default());
    let first = connect_remembering(&host, &memory).await;
    ask(&mut in_time(first.open_engine()).await.unwrap()).await;
    assert_eq!(
        memory.recall(&over_ssh(host.target()).header),
        Some(Route::Relay(Relayer::Account))
    );
    let tried = sockets(&host).len();
    let second = connect_remembering(&host, &memory).await;
    ask(&mut in_time(second.open_engine()).await.unwrap()).await;
    assert_eq!(sockets(&host).len(), tried, "no socket is tried any more");
    assert_eq!(second.opened(), 1);
}

#[tokio::test]
async fn what_no_longer_works_is_as_good_as_forgotten() {
    for wrong in [
        Route::Relay(Relayer::Account),
        // Sudo is not allowed by this inventory, whatever was once learnt.
        Route::Relay(Relayer::Root),
        Route::Socket("/run/user/7/docker.sock".to_owned()),
        Route::Socket("/run/podman/podman.sock".to_owned()),
    ] {
        let host = SshHost::start(Plan::default()).await;
        let memory = Arc::new(Memo::default());
        memory.remember(&over_ssh(host.target()).header, &wrong);
        let connection = connect_remembering(&host, &memory).await;
        ask(&mut in_time(connection.open_engine()).await.unwrap()).await;
        assert_eq!(connection.engine_route(), "forwarded /var/run/docker.sock");
        assert!(
            commands(&host).len() <= 1,
            "{wrong:?}: {:?}",
            commands(&host)
        );
    }
}

#[tokio::test]
async fn a_socket_that_the_host_told_of_is_a_second_chance() {
    let rootless = "/run/user/1000/docker.sock";
    let host = SshHost::start(Plan {
        sockets: vec![rootless.to_owned()],
        ..no_sockets(&[(RELAY, script("docker: not found\n", 127))])
    })
    .await;
    let connection = connect(&host, None, Sudo::Never).await;
    assert!(in_time(connection.open_engine()).await.is_err());
    // Nothing new is no reason to try again.
    assert!(!connection.suggest(vec!["/var/run/docker.sock".to_owned()]));
    assert!(connection.suggest(vec![rootless.to_owned()]));
    ask(&mut in_time(connection.open_engine()).await.unwrap()).await;
    assert_eq!(connection.engine_route(), format!("forwarded {rootless}"));
    assert_eq!(commands(&host), [RELAY], "the relay is not tried again");

    // Where the inventory names a socket, no other one takes its place.
    let named = connect(&host, Some("/srv/engine.sock"), Sudo::Never).await;
    assert!(in_time(named.open_engine()).await.is_err());
    assert!(!named.suggest(vec![rootless.to_owned()]));
    assert!(in_time(named.open_engine()).await.is_err());
}
