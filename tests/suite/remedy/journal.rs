use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::thread;

use plimsoll::domain::plan::Risk;
use plimsoll::remedy::journal::{Book, Event, How, Journal, Who};
use plimsoll::remedy::operation;
use plimsoll::remedy::steps::Change;

use super::step;

const AT: &str = "2026-11-24T12:00:00.000Z";
const HOST: &str = "web-01";

fn began(undoes: Option<&str>) -> Event {
    Event::Began {
        who: Who {
            user: "alice".to_owned(),
            from: "desk".to_owned(),
        },
        hosts: vec![HOST.to_owned()],
        undoes: undoes.map(str::to_owned),
        ticket: None,
    }
}

fn on_host() -> Event {
    Event::Host {
        host: HOST.to_owned(),
        targets: Vec::new(),
        risk: Risk::Low,
    }
}

fn intent(number: usize) -> Event {
    Event::Intent {
        host: HOST.to_owned(),
        step: number,
        change: Change {
            step: step("/etc/docker/daemon.json", "perm-daemon-json-mode").step,
            pin: "17".to_owned(),
        },
    }
}

fn done(number: usize) -> Event {
    Event::Done {
        host: HOST.to_owned(),
        step: number,
        commands: vec!["chmod 00644 /etc/docker/daemon.json".to_owned()],
    }
}

fn ended(how: How) -> Event {
    Event::HostEnded {
        host: HOST.to_owned(),
        how,
        why: String::new(),
    }
}

fn write(folder: &Path, operation: &str, events: Vec<Event>) {
    let mut journal = Journal::open(folder).unwrap();
    for event in events {
        journal.add(AT, operation, event).unwrap();
    }
}

fn read(folder: &Path) -> Book {
    Journal::open(folder).unwrap().read().unwrap()
}

/// What stands of `op-1` after these events: whether anything does, and whether it is open.
fn stands(events: Vec<Event>, taken_back: Vec<Event>) -> (bool, bool) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "op-1", events);
    write(folder.path(), "op-2", taken_back);
    let operations = operation::all(&read(folder.path()));
    (operations[0].stands(), operations[0].is_open())
}

#[test]
fn an_operation_stands_until_it_is_taken_back_and_is_open_where_it_was_cut_off() {
    let all = |how| {
        vec![
            began(None),
            on_host(),
            intent(1),
            done(1),
            ended(how),
            Event::Ended,
        ]
    };
    let step = |event: fn(String, usize) -> Event| event(HOST.to_owned(), 1);
    let going = step(|host, step| Event::GoingBack { host, step });
    let back = step(|host, step| Event::Back {
        host,
        step,
        commands: Vec::new(),
    });
    let stays = step(|host, step| Event::Stays {
        host,
        step,
        why: "somebody changed it since".to_owned(),
    });
    let failed = step(|host, step| Event::Failed {
        host,
        step,
        why: "no".to_owned(),
    });

    assert_eq!(stands(all(How::Applied), vec![]), (true, false));
    assert_eq!(stands(all(How::Open), vec![]), (true, true));
    assert_eq!(
        stands(vec![began(None), on_host(), intent(1)], vec![]),
        (true, true)
    );
    assert_eq!(
        stands(vec![began(None), on_host(), intent(1), failed], vec![]),
        (false, false)
    );
    let undo = |last: Vec<Event>| {
        let mut events = vec![began(Some("op-1")), on_host(), going.clone()];
        events.extend(last);
        events
    };
    assert_eq!(stands(all(How::Applied), undo(vec![back])), (false, false));
    // An undo that was cut off leaves nobody knowing; one that was refused leaves it as it was.
    assert_eq!(stands(all(How::Applied), undo(vec![])), (true, true));
    assert_eq!(stands(all(How::Applied), undo(vec![stays])), (true, false));
}

#[test]
fn a_line_that_somebody_changed_is_found() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "op-1",
        vec![began(None), on_host(), intent(1), done(1)],
    );
    let file = folder.path().join("journal.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(read(folder.path()).broken, Vec::<usize>::new());
    fs::write(&file, text.replacen("alice", "mallory", 1)).unwrap();
    assert_eq!(read(folder.path()).broken, [2]);
    let without: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(at, _)| *at != 1)
        .map(|(_, line)| line)
        .collect();
    fs::write(&file, without.join("\n")).unwrap();
    assert_eq!(read(folder.path()).broken, [2]);
}

#[test]
fn a_line_that_a_crash_cut_off_costs_no_other_line() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "op-1", vec![began(None), on_host()]);
    let file = folder.path().join("journal.jsonl");
    let mut open = fs::OpenOptions::new().append(true).open(&file).unwrap();
    // Cut off within a character of two bytes.
    open.write_all(b"{\"schema\":\"plimsoll.journal/1\",\"prev\":\"\xc3")
        .unwrap();
    write(folder.path(), "op-1", vec![intent(1), done(1)]);
    let book = read(folder.path());
    assert_eq!(
        (book.entries.len(), book.unread, book.broken),
        (4, vec![3], vec![])
    );
}

#[test]
fn two_who_write_at_once_make_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for name in ["op-1", "op-2", "op-3"] {
            let folder = folder.path();
            scope.spawn(move || write(folder, name, (1..40).map(done).collect()));
        }
    });
    let book = read(folder.path());
    assert_eq!((book.entries.len(), book.broken), (3 * 39, vec![]));
}

#[test]
fn a_journal_with_lines_longer_than_usual_keeps_its_chain() {
    let folder = tempfile::tempdir().unwrap();
    let long = Event::Done {
        host: HOST.to_owned(),
        step: 1,
        commands: vec!["x".repeat(3 * 1024 * 1024)],
    };
    write(
        folder.path(),
        "op-1",
        vec![began(None), long, done(2), done(3)],
    );
    let book = read(folder.path());
    assert_eq!((book.entries.len(), book.broken), (4, vec![]));
}

#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    write(&state, "op-1", vec![began(None)]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&state), mode(&state.join("journal.jsonl"))),
        (0o700, 0o600)
    );
}

#[test]
fn whoever_works_on_an_operation_is_seen_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let one = Journal::open(folder.path()).unwrap();
    let other = Journal::open(folder.path()).unwrap();
    let running = one.running("op-1").unwrap();
    assert!(other.is_running("op-1") && !other.is_running("op-2"));
    drop(running);
    assert!(!other.is_running("op-1"));
}
