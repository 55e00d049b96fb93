//! Writes down every request that reaches an engine through its socket, whichever way it came: the test process takes
//! the place of the socket inside the host, with its owner and mode, and hands everything on unchanged. It judges nothing;
//! [`crate::guard`] does. The engine itself answers at [`ENGINE`] from then on.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use crate::harness::Lab;

/// Where the engine's own socket is while requests are recorded.
pub(crate) const ENGINE: &str = "/run/docker.engine.sock";
const SOCKET: &str = "/run/docker.sock";

/// Longest request head that is read; a longer one is written down as such.
const LONGEST_HEAD: usize = 64 * 1024;

/// One request as it went over the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The host whose engine was asked.
    pub(crate) host: String,
    /// For example `GET /v1.41/info`.
    pub(crate) line: String,
    /// The User-Agent header; empty without one.
    pub(crate) agent: String,
}

static LOGGED_BEFORE: OnceLock<usize> = OnceLock::new();
static SEEN: Mutex<Vec<Request>> = Mutex::new(Vec::new());

/// Everything seen so far.
pub(crate) fn requests() -> Vec<Request> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The request lines that the engine of `tls-only` has logged since the tests began, for TLS cannot be listened in on.
pub(crate) fn over_tls(lab: &Lab) -> Vec<String> {
    let start = *LOGGED_BEFORE.get().unwrap();
    log(lab)[start..]
        .lines()
        .filter_map(|line| line.split_once("msg=\"Calling "))
        .filter_map(|(_, call)| call.split_once('"'))
        .map(|(call, _)| call.to_owned())
        .collect()
}

fn log(lab: &Lab) -> String {
    if !lab.is_up("tls-only") {
        return String::new();
    }
    fs::read_to_string(lab.inside("tls-only", "/var/log/docker.log")).unwrap()
}

/// Starts to record on every host that was started, but for those of pairs, whose engines are restarted.
pub(crate) fn attach(lab: &Lab) {
    LOGGED_BEFORE.set(log(lab).len()).unwrap();
    for host in lab.hosts().iter().filter(|host| lab.is_up(&host.name)) {
        let socket = lab.inside(&host.name, SOCKET);
        let engine = lab.inside(&host.name, ENGINE);
        let was = fs::metadata(&socket).unwrap();
        fs::rename(&socket, &engine).unwrap();
        let listener = UnixListener::bind(&socket).unwrap();
        chown(&socket, Some(was.uid()), Some(was.gid())).unwrap();
        fs::set_permissions(&socket, fs::Permissions::from_mode(was.mode() & 0o7777)).unwrap();
        let name = host.name.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (name, engine) = (name.clone(), engine.clone());
                thread::spawn(move || serve(&name, &engine, client.unwrap()));
            }
        });
    }
}

/// Carries one connection in both directions; ends when both sides have.
fn serve(host: &str, engine: &PathBuf, mut client: UnixStream) {
    let Ok(mut engine) = UnixStream::connect(engine) else {
        return;
    };
    let mut answers = engine.try_clone().unwrap();
    let mut to_client = client.try_clone().unwrap();
    let back = thread::spawn(move || {
        // Either side may hang up at any time; that ends the copy and is nothing to report.
        drop(std::io::copy(&mut answers, &mut to_client));
        drop(to_client.shutdown(Shutdown::Write));
    });
    let mut heads = Heads::default();
    let mut piece = [0; 16 * 1024];
    while let Ok(read @ 1..) = client.read(&mut piece) {
        for head in heads.add(&piece[..read]) {
            note(host, &head);
        }
        // Written down before it is passed on: what the engine heard has always been seen.
        if engine.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    drop(engine.shutdown(Shutdown::Write));
    back.join().unwrap();
}

fn note(host: &str, head: &str) {
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default();
    let agent = lines
        .find_map(|header| {
            let (name, value) = header.split_once(':')?;
            name.eq_ignore_ascii_case("user-agent")
                .then(|| value.trim().to_owned())
        })
        .unwrap_or_default();
    let line = line.rsplit_once(" HTTP/").map_or(line, |(start, _)| start);
    SEEN.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Request {
            host: host.to_owned(),
            line: line.to_owned(),
            agent,
        });
}

/// Cuts a stream of requests without bodies into heads. After a request with a body, or one too long, it is blind, and
/// says so once: none of the requests plimsoll may make has a body.
#[derive(Default)]
struct Heads {
    rest: Vec<u8>,
    blind: bool,
}

impl Heads {
    fn add(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        if self.blind {
            return found;
        }
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<u8> = self.rest.drain(..end + 4).collect();
            let head = String::from_utf8_lossy(&head).into_owned();
            let lower = head.to_ascii_lowercase();
            let has_body = lower.contains("\r\ntransfer-encoding:")
                || (lower.contains("\r\ncontent-length:")
                    && !lower.contains("\r\ncontent-length: 0\r\n"));
            found.push(head);
            if has_body || lower.contains("\r\nupgrade:") {
                self.blind = true;
                found.push("a body or an upgrade, and whatever follows".to_owned());
                return found;
            }
        }
        if self.rest.len() > LONGEST_HEAD {
            self.blind = true;
            found.push("an endless request head".to_owned());
        }
        found
    }
}

#[test]
fn pipelined_requests_are_told_apart() {
    let mut heads = Heads::default();
    assert!(heads.add(b"GET /a HTTP/1.1\r\nHost: x\r\n").is_empty());
    let two = heads.add(b"\r\nGET /b HTTP/1.1\r\n\r\nGET /c");
    assert_eq!(two.len(), 2);
    assert!(two[1].starts_with("GET /b"));
    let body = heads.add(b" HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
    assert_eq!(body.len(), 2);
    assert!(heads.add(b"GET /d HTTP/1.1\r\n\r\n").is_empty());
}
