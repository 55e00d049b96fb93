//! The filter grammar: what passes, what does not, and where mistakes are placed.

use plimsoll::domain::control::Area;
use plimsoll::domain::filter::{Candidate, Filter, RowFacts};
use plimsoll::domain::severity::Severity;
use proptest::prelude::*;

struct Host {
    name: &'static str,
    groups: Vec<String>,
    states: Vec<&'static str>,
    error: Option<&'static str>,
    rows: Vec<RowFacts<'static>>,
}

fn row(
    control: &'static str,
    severity: Severity,
    container: Option<&'static str>,
) -> RowFacts<'static> {
    RowFacts {
        control,
        area: Some(if control.starts_with("run-") {
            Area::Runtime
        } else {
            Area::Daemon
        }),
        severity,
        container,
        text: container.unwrap_or("daemon"),
    }
}

fn fleet() -> Vec<Host> {
    let host = |name, groups: &[&str], state, error, rows| Host {
        name,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        states: vec![state],
        error,
        rows,
    };
    vec![
        host(
            "web-prod-01",
            &["prod", "web"],
            "assessed",
            None,
            vec![
                row("run-privileged", Severity::Critical, Some("jenkins-dind")),
                row("daemon-icc", Severity::Medium, None),
            ],
        ),
        host(
            "web-prod-02",
            &["prod", "web", "edge"],
            "assessed",
            None,
            vec![
                row("daemon-icc", Severity::Medium, None),
                row("run-memory", Severity::High, Some("socket proxy")),
            ],
        ),
        host(
            "db-01",
            &["prod"],
            "partial",
            Some("sudo-denied"),
            Vec::new(),
        ),
        host(
            "edge-hk-01",
            &["edge"],
            "failed",
            Some("hostkey-changed"),
            Vec::new(),
        ),
    ]
}

/// Numbers of the hosts that pass, and of how many rows.
fn passing(filter: &str) -> (Vec<usize>, usize) {
    let filter = Filter::parse(filter).unwrap();
    let fleet = fleet();
    let candidate = |host: &Host| -> (Vec<String>, Vec<&'static str>) {
        (host.groups.clone(), host.states.clone())
    };
    let mut hosts = Vec::new();
    let mut rows = 0;
    for (index, host) in fleet.iter().enumerate() {
        let (groups, states) = candidate(host);
        let facts = Candidate {
            host: host.name,
            groups: &groups,
            states: &states,
            error: host.error,
            via: "ssh",
        };
        if filter.host(&facts, &host.rows) {
            hosts.push(index);
        }
        rows += host
            .rows
            .iter()
            .filter(|row| filter.row(&facts, row))
            .count();
    }
    (hosts, rows)
}

#[test]
fn terms_select_hosts_and_rows() {
    let all = vec![0, 1, 2, 3];
    for (filter, hosts, rows) in [
        ("", all.clone(), 4),
        ("web", vec![0, 1], 4),
        ("WEB", vec![0, 1], 4),
        ("wp1", vec![0], 2),
        ("!web", vec![2, 3], 0),
        ("jenkins", vec![0], 1),
        ("sev>=high", vec![0, 1], 2),
        ("sev>high", vec![0], 1),
        ("sev=med", vec![0, 1], 2),
        ("sev<=medium", vec![0, 1], 2),
        ("state:partial|failed", vec![2, 3], 0),
        ("state:partial|err:hostkey", vec![2, 3], 0),
        ("err:auth|hostkey", vec![3], 0),
        ("rule:daemon-*", vec![0, 1], 2),
        ("area:runtime", vec![0, 1], 2),
        ("ctr:jenkins*", vec![0], 1),
        ("\"socket proxy\"", vec![1], 1),
        ("host:web-prod-[02-09]", vec![1], 2),
        ("group:prod&!edge", vec![0, 2], 2),
        ("group:edge", vec![1, 3], 2),
        ("via:tls", vec![], 0),
        ("host:db-* | group:edge", vec![1, 2, 3], 2),
        ("web|db", vec![0, 1, 2], 4),
    ] {
        assert_eq!(passing(filter), (hosts, rows), "{filter}");
    }
}

#[test]
fn terms_about_findings_meet_in_one_finding() {
    assert_eq!(passing("sev>=high rule:daemon-icc").0, Vec::<usize>::new());
    assert_eq!(passing("sev>=high rule:run-*").0, vec![0, 1]);
    // An excluded term holds only where no finding meets it.
    assert_eq!(passing("!rule:run-privileged").0, vec![1, 2, 3]);
}

#[test]
fn mistakes_name_their_column() {
    for (filter, column, word) in [
        ("web sevv>=high", 5, "sev:"),
        ("foo:bar", 1, "known are"),
        ("sev>=bad", 6, "severities"),
        ("state:", 7, "needs a value"),
        ("state>=x", 6, "compared"),
        ("host:web-[1", 10, "not closed"),
        ("web \"db", 5, "quote"),
        ("web |", 5, "behind"),
        ("| web", 1, "before"),
        ("a||b", 3, "missing"),
        ("!", 2, "missing"),
        ("group:prod&", 12, "missing"),
    ] {
        let error = Filter::parse(filter).unwrap_err();
        assert_eq!(error.column, column, "{filter}: {error}");
        assert!(error.message.contains(word), "{filter}: {error}");
    }
    assert!(Filter::parse(&"a".repeat(513)).is_err());
}

#[test]
fn quoted_text_is_never_a_term() {
    assert_eq!(passing("\"nginx:1.27\"").0, Vec::<usize>::new());
    assert_eq!(passing("\"!web\"").0, Vec::<usize>::new());
    assert!(Filter::parse("10.0.3.7:22").is_ok());
}

proptest! {
    #[test]
    fn no_input_breaks_the_parser(text in "[a-z:>=<|!&\"\\[\\]*? 0-9\u{e9}\u{4e2d}-]{0,40}") {
        if let Err(error) = Filter::parse(&text) {
            prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1);
        }
    }
}
