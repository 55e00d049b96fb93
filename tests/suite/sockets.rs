//! Whether an account may use a socket, by what the probe saw of it and of the folders above.

use plimsoll::domain::evidence::host::{Discovery, FileStat, HostFacts, Reader};
use plimsoll::domain::evidence::sockets::{Access, access, open, usual};
use plimsoll::domain::gap::Gap;

const SOCKET: &str = "/run/docker.sock";

fn facts(login: u32, groups: &[&str]) -> HostFacts {
    let mut facts = HostFacts::missing(&Gap::no_data("not asked"));
    facts.reader = Ok(Reader {
        login_uid: login,
        login: "ops".to_owned(),
        uid: 0,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    });
    facts.found = Ok(Discovery::default());
    facts
        .files
        .insert("/run".to_owned(), Ok(Some(stat("dir", 0, "root", 0o755))));
    facts
}

fn stat(kind: &str, uid: u32, group: &str, mode: u32) -> FileStat {
    FileStat {
        kind: kind.to_owned(),
        uid,
        mode,
        group: group.to_owned(),
        ..FileStat::default()
    }
}

fn with(mut facts: HostFacts, path: &str, stat: FileStat) -> HostFacts {
    facts.files.insert(path.to_owned(), Ok(Some(stat)));
    facts
}

#[test]
fn owner_group_others_and_root() {
    for (login, groups, found, expected) in [
        (
            0,
            &["root"][..],
            stat("socket", 0, "docker", 0o660),
            Access::Open,
        ),
        (
            1000,
            &["docker"],
            stat("socket", 0, "docker", 0o660),
            Access::Open,
        ),
        (
            1000,
            &["ops"],
            stat("socket", 0, "docker", 0o660),
            Access::Denied,
        ),
        (
            1000,
            &["ops"],
            stat("socket", 0, "docker", 0o666),
            Access::Open,
        ),
        (
            1000,
            &["ops"],
            stat("socket", 1000, "ops", 0o600),
            Access::Open,
        ),
        // Who owns it has the owner's rights and no others.
        (
            1000,
            &["docker"],
            stat("socket", 1000, "docker", 0o066),
            Access::Denied,
        ),
        // Reading is not enough to connect.
        (
            1000,
            &["docker"],
            stat("socket", 0, "docker", 0o640),
            Access::Denied,
        ),
        (
            0,
            &["root"],
            stat("file", 0, "docker", 0o660),
            Access::Missing,
        ),
    ] {
        let said = format!("{login} {groups:?} {found:?}");
        let facts = with(facts(login, groups), SOCKET, found);
        assert_eq!(access(&facts, SOCKET), Some(expected), "{said}");
    }
}

#[test]
fn an_access_list_lets_in() {
    for (entry, expected) in [
        ("user:ops:rw", Access::Open),
        ("user:1000:rw", Access::Open),
        ("group:admins:rw", Access::Open),
        ("user:deploy:rw", Access::Denied),
        ("user:ops:r", Access::Denied),
    ] {
        let mut found = stat("socket", 0, "docker", 0o660);
        found.acl = Some(vec![entry.to_owned()]);
        let facts = with(facts(1000, &["admins"]), SOCKET, found);
        assert_eq!(access(&facts, SOCKET), Some(expected), "{entry}");
    }
}

#[test]
fn folders_above_count() {
    let socket = stat("socket", 0, "docker", 0o666);
    let closed = with(
        with(facts(1000, &["ops"]), SOCKET, socket.clone()),
        "/run",
        stat("dir", 0, "root", 0o700),
    );
    assert_eq!(access(&closed, SOCKET), Some(Access::Denied));
    // As root everything is open to root, whatever the folder says to others.
    let root = with(
        with(facts(0, &["root"]), SOCKET, socket),
        "/run",
        stat("dir", 0, "root", 0o700),
    );
    assert_eq!(access(&root, SOCKET), Some(Access::Open));
}

#[test]
fn what_was_not_seen_is_not_known() {
    let mut facts = facts(1000, &["ops"]);
    assert_eq!(access(&facts, SOCKET), None);
    facts.files.insert(SOCKET.to_owned(), Ok(None));
    assert_eq!(access(&facts, SOCKET), Some(Access::Missing));
    facts
        .files
        .insert(SOCKET.to_owned(), Err(Gap::permission("needs root")));
    // Root did not see it, which says nothing of the account.
    assert_eq!(access(&facts, SOCKET), None);
    facts.reader.as_mut().unwrap().uid = 1000;
    assert_eq!(access(&facts, SOCKET), Some(Access::Denied));
}

#[test]
fn a_rootless_engine_is_found_where_its_user_runs_it() {
    let path = "/run/user/1000/docker.sock";
    assert!(usual(1000).contains(&path.to_owned()));
    let facts = with(
        facts(1000, &["ops"]),
        path,
        stat("socket", 1000, "ops", 0o660),
    );
    assert_eq!(open(&facts), [path]);
}
