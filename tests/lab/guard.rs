//! Proves that plimsoll only did what it may do on a read-only link: compares every request and every command the hosts
//! saw with the lists of the specification, written down here a second time on purpose.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use crate::harness::{Lab, OURS, lab};
use crate::recorder::{ENGINE, over_tls, requests};

/// The commands that may be run by SSH without a grant.
const COMMANDS: &[&str] = &[
    "sh -s",
    "sudo -n sh -s",
    "docker system dial-stdio",
    "sudo -n docker system dial-stdio",
    "sudo -n true",
    "sudo -k -S -p '[plimsoll asks]' echo plimsoll: root",
    "sudo -k -S -p '[plimsoll asks]' sh -c 'echo plimsoll: root; exec sh -s'",
    "sudo -k -S -p '[plimsoll asks]' sh -c 'echo plimsoll: root; exec docker system dial-stdio'",
    "probe",
    "engine",
];

/// The commands that take a grant, on the host of the repairs alone.
const APPLY: &[&str] = &["sh -s apply", "sudo -n sh -s apply"];

/// The requests that read posture and nothing else; `*` is one name. Those with a `?` need just these parameters.
const PATHS: &[&str] = &[
    "/_ping",
    "/version",
    "/info",
    "/containers/json",
    "/containers/*/json",
    "/containers/*/top",
    "/containers/*/changes",
    "/images/json",
    "/images/*/json",
    "/images/*/history",
    "/images/*/attestations",
    "/networks",
    "/networks/*",
    "/volumes",
    "/volumes/*",
    "/plugins",
    "/plugins/*/json",
    "/system/df",
    "/swarm",
    "/nodes",
    "/nodes/*",
    "/services",
    "/services/*",
    "/tasks",
    "/tasks/*",
    "/secrets",
    "/secrets/*",
    "/configs",
    "/exec/*/json",
];

/// Programs of the harness itself, which set things up.
const OWN_AGENTS: &[&str] = &["Docker-Client/", "curl/"];

/// Whether a request line such as `GET /v1.41/info` is on the list.
fn may_ask(line: &str) -> bool {
    let Some(target) = line.strip_prefix("GET ") else {
        return false;
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = without_version(path);
    if path == "/events" {
        return query.contains("since=") && query.contains("until=");
    }
    if let Some(rest) = path.strip_prefix("/containers/")
        && rest.ends_with("/stats")
    {
        return rest.matches('/').count() == 1 && query == "stream=false&one-shot=true";
    }
    PATHS.iter().any(|shape| fits(shape, path))
}

fn without_version(path: &str) -> &str {
    let Some((version, _)) = path
        .strip_prefix("/v")
        .and_then(|rest| rest.split_once('/'))
    else {
        return path;
    };
    let digits = version.chars().all(|c| c.is_ascii_digit() || c == '.');
    if digits {
        &path[version.len() + 2..]
    } else {
        path
    }
}

/// An image's name may itself have slashes; nothing else may.
fn fits(shape: &str, path: &str) -> bool {
    match shape.split_once('*') {
        None => shape == path,
        Some((before, after)) => path
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|name| {
                let plain = !name.is_empty() && !name.contains("..") && !name.contains('%');
                plain && (before == "/images/" || !name.contains('/'))
            }),
    }
}

/// What was run by SSH on a host so far, but for the harness's own commands, as user and command.
pub(crate) fn commands(lab: &Lab, host: &str) -> Vec<(String, String)> {
    fs::read_to_string(lab.inside(host, "/var/log/lab-commands"))
        .unwrap()
        .split_terminator('\u{1e}')
        .map(|record| record.split_once('\t').unwrap())
        .filter(|(_, command)| !command.starts_with(OURS))
        .map(|(user, command)| (user.to_owned(), command.to_owned()))
        .collect()
}

/// Everything off the lists that any host of the lab has seen so far; a test that used plimsoll ends by asserting that
/// there is nothing. Tests that repair something need a list of their own.
pub(crate) fn trespasses(lab: &Lab) -> Vec<String> {
    let asked = requests()
        .into_iter()
        .filter(|request| !OWN_AGENTS.iter().any(|own| request.agent.starts_with(own)))
        .filter(|request| !may_ask(&request.line))
        .map(|request| format!("{}: {} ({})", request.host, request.line, request.agent));
    let started = lab
        .hosts()
        .iter()
        .chain(lab.pair_hosts())
        .filter(|host| lab.is_up(&host.name));
    let ran = started.flat_map(|host| {
        commands(lab, &host.name)
            .into_iter()
            .filter(|(_, command)| {
                let repairs =
                    host.name == crate::repairs::HOST && APPLY.contains(&command.as_str());
                !repairs && !COMMANDS.contains(&command.as_str())
            })
            .map(|(user, command)| format!("{}: {user} ran {command:?}", host.name))
    });
    // Of the harness's own programs only the docker client asks anything there that plimsoll may not.
    let logged = over_tls(lab)
        .into_iter()
        .filter(|line| line != "HEAD /_ping" && !may_ask(line))
        .map(|line| format!("tls-only: {line}"));
    asked.chain(ran).chain(logged).collect()
}

#[test]
fn the_list_lets_reading_pass_and_nothing_else() {
    for good in [
        "GET /_ping",
        "GET /v1.41/containers/json?all=1",
        "GET /v1.45/images/registry.example.net/shop/web:1.4.2/json",
        "GET /containers/4f2c/stats?stream=false&one-shot=true",
        "GET /events?since=1&until=2",
    ] {
        assert!(may_ask(good), "{good}");
    }
    for bad in [
        "POST /v1.41/containers/create",
        "DELETE /containers/web",
        "GET /containers/web/archive?path=/",
        "GET /containers/web/export",
        "GET /containers/web/logs?stdout=1",
        "GET /containers/web/stats",
        "GET /containers/web/attach/ws",
        "GET /images/get?names=web",
        "GET /swarm/unlockkey",
        "GET /configs/abc",
        "GET /events",
        "GET /containers/x/../../images/json",
        "GET /containers/a%2Fb/json",
        "get /info",
    ] {
        assert!(!may_ask(bad), "{bad}");
    }
}

/// The guard must see what it is there to see: a request of a stranger, whichever way it takes.
#[test]
fn requests_are_seen_through_every_way_in() {
    let Some(lab) = lab() else { return };
    for host in ["clean-26", "no-forward"] {
        let mark = format!("/v1.41/info?mark={host}");
        let asked = lab.ssh(
            host,
            "deploy",
            &format!("printf 'GET {mark} HTTP/1.0\\r\\nUser-Agent: stranger\\r\\n\\r\\n' | docker system dial-stdio"),
        );
        assert!(asked.out.contains("200 OK"), "{host}: {asked:?}");
        let line = format!("GET {mark}");
        let seen: Vec<_> = requests()
            .into_iter()
            .filter(|request| request.line == line)
            .collect();
        assert_eq!(seen.len(), 1, "{host}");
        assert_eq!(
            (seen[0].host.as_str(), seen[0].agent.as_str()),
            (host, "stranger")
        );
    }
    let ping = crate::ways_in::ping_by_tls(lab, "tls-only", "ca.pem", Some(""));
    assert_eq!(ping.out, "OK");
    assert!(over_tls(lab).contains(&"GET /_ping".to_owned()));
    // The engine's own socket is still there for those who set things up.
    let mut engine = UnixStream::connect(lab.inside("clean-26", ENGINE)).unwrap();
    engine.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").unwrap();
    let mut said = String::new();
    engine.read_to_string(&mut said).unwrap();
    assert!(said.contains("200 OK"), "{said}");
    assert_eq!(trespasses(lab), Vec::<String>::new());
}

#[test]
fn commands_by_ssh_are_seen() {
    let Some(lab) = lab() else { return };
    let mut client = lab.ssh_client("auditor");
    // On the list, and like nothing else a test runs: the script ends at once, for its input is empty.
    client
        .args([&lab.host("systemd").address, "sh -s"])
        .stdin(std::process::Stdio::null());
    assert!(crate::harness::run(&mut client).ok);
    let expected = ("auditor".to_owned(), "sh -s".to_owned());
    assert!(commands(lab, "systemd").contains(&expected));
}
