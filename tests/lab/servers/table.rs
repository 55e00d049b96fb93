//! The table `table.toml`: each row is an SSH server's configuration and what must come of reading a host through it.

use std::collections::BTreeSet;

use plimsoll::domain::failure::Stage;
use plimsoll::inventory::spec::{SshTarget, Sudo};
use serde::Deserialize;

use super::{Outcome, Server, Setup, dialer, over, read};
use crate::guard::trespasses;
use crate::harness::{Lab, lab};

#[derive(Debug, Deserialize)]
struct Table {
    server: Vec<Row>,
}

/// One row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    config: String,
    #[serde(default)]
    key_options: String,
    #[serde(default = "root")]
    user: String,
    #[serde(default)]
    sudo: bool,
    socket: Option<String>,
    /// What is run in the host before, as its root; undone by `after`.
    before: Option<String>,
    after: Option<String>,
    /// Logins with a key that nobody knows, made before.
    #[serde(default)]
    wrong_logins: usize,
    /// Hosts of an inventory that all are this server, read at once.
    #[serde(default = "one")]
    entries: usize,
    expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// The way to the engine; left out: the engine is not reached.
    route: Option<String>,
    /// Who the probe ran as; left out: it did not run.
    probe: Option<String>,
    /// Class and stage of the failure, of the login or of the engine.
    failure: Option<[String; 2]>,
    /// Words that the failure's message, causes or hint must hold.
    #[serde(default)]
    says: Vec<String>,
    /// What the key exchange must have agreed on.
    kex: Option<String>,
}

fn root() -> String {
    "root".to_owned()
}

fn one() -> usize {
    1
}

fn table() -> Vec<Row> {
    let table: Table = toml::from_str(include_str!("table.toml")).unwrap();
    let names: BTreeSet<&str> = table.server.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), table.server.len(), "two rows of one name");
    table.server
}

fn check(row: &Row, outcome: &Outcome, auditor: &str) -> Result<(), String> {
    let (failure, engine, probe) = match &outcome.read {
        Err(failure) => (Some(failure), false, None),
        Ok(read) => {
            let reader = read.evidence.host.reader.as_ref().ok();
            let who = reader.map(|reader| if reader.uid == 0 { "root" } else { "account" });
            let failure = read.engine_failure.as_ref().or(read.probe_failure.as_ref());
            (failure, read.evidence.engine.info.is_ok(), who)
        }
    };
    let found = format!(
        "engine {engine} by {:?}, probe {probe:?}, {failure:#?}",
        outcome.route
    );
    let expect = &row.expect;
    let route = expect
        .route
        .as_ref()
        .map(|route| route.replace("AUDITOR", auditor));
    let route = route.as_deref();
    let class = failure.map(|failure| {
        [
            failure.class.word().to_owned(),
            failure.stage.word().to_owned(),
        ]
    });
    let told = failure.map_or_else(String::new, |failure| {
        format!(
            "{} {} {}",
            failure.message,
            failure.causes.join(" "),
            failure.hint
        )
    });
    let silent: Vec<&String> = expect
        .says
        .iter()
        .filter(|words| !told.contains(words.as_str()))
        .collect();
    let kex = outcome.heard.at(Stage::Kex).join(" ");
    let holds = engine == route.is_some()
        && route.is_none_or(|route| outcome.route == route)
        && probe == expect.probe.as_deref()
        && class == expect.failure
        && silent.is_empty()
        && expect
            .kex
            .as_ref()
            .is_none_or(|name| kex.contains(name.as_str()));
    if holds {
        Ok(())
    } else {
        Err(format!(
            "{}: wanted {expect:?}, found {found}; kex {kex}",
            row.name
        ))
    }
}

async fn try_row(lab: &'static Lab, row: &Row) -> Result<(), String> {
    const HOST: &str = "clean-26";
    if let Some(before) = &row.before {
        let done = lab.in_host(HOST, before);
        assert!(done.ok, "{}: {done:?}", row.name);
    }
    std::fs::write(lab.inside(HOST, "/run/lab-probe"), plimsoll::probe::SCRIPT).unwrap();
    let server = Server::start(
        lab,
        Setup {
            host: HOST,
            config: &row.config,
            key_options: &row.key_options,
        },
    );
    for _ in 0..row.wrong_logins {
        let wrong = SshTarget {
            identity_files: vec![lab.ssh_file("id_unknown")],
            ..server.target(&row.user)
        };
        assert!(read(&dialer(), &over(wrong, None)).await.read.is_err());
    }
    let dialer = dialer();
    let mut spec = over(server.target(&row.user), row.socket.as_deref());
    spec.sudo = if row.sudo { Sudo::Auto } else { Sudo::Never };
    let reading = (0..row.entries).map(|_| read(&dialer, &spec));
    let outcomes = futures_util::future::join_all(reading).await;
    if let Some(after) = &row.after {
        let done = lab.in_host(HOST, after);
        assert!(done.ok, "{}: {done:?}", row.name);
    }
    let auditor = lab.in_host(HOST, "id -u auditor");
    outcomes
        .iter()
        .try_for_each(|outcome| check(row, outcome, auditor.out.trim()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_of_the_table_is_read_as_far_as_it_allows() {
    let Some(lab) = lab() else { return };
    let only = std::env::var("PLIMSOLL_LAB_ROW").ok();
    let mut wrong = Vec::new();
    for row in table() {
        if only.as_ref().is_none_or(|only| *only == row.name) {
            eprintln!("{}", row.name);
            wrong.extend(try_row(lab, &row).await.err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(trespasses(lab), Vec::<String>::new());
}
