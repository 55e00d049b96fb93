//! Profiles that people declare: what they come to, and what is wrong with them.

use plimsoll::domain::policy::PolicyValue;
use plimsoll::domain::profile::Declared;
use plimsoll::domain::severity::Severity;
use plimsoll::inventory::{Problem, keys, profile};

use super::environment;

fn read(text: &str) -> Result<Declared, Vec<Problem>> {
    profile(
        &format!("version = 1\n{text}"),
        "web.toml",
        "web",
        &environment(),
    )
}

/// The problems of a profile, one a line, the version line not counted.
fn bad(text: &str) -> String {
    let problems = read(text).unwrap_err();
    let lines = problems.iter().map(|problem| {
        let hint = problem.hint.as_deref().unwrap_or("-");
        format!(
            "{}:{} {} | {hint}",
            problem.line - 1,
            problem.column,
            problem.message
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn everything_that_a_profile_says_is_read() {
    let web = read(
        r#"
        about = "our web servers"
        base = "recommended"
        include = ["run-*", "area:swarm", "set:hardened", "level:2", "severity:high", "practice:S24"]
        exclude = "daemon-icc"
        [severity]
        run-privileged = "low"
        [parameters]
        docker_users = ["deploy"]
        "#,
    )
    .unwrap();
    assert_eq!(
        (web.name.as_str(), web.about.as_str()),
        ("web", "our web servers")
    );
    assert_eq!(web.base.as_deref(), Some("recommended"));
    assert_eq!((web.include.len(), web.exclude.len()), (6, 1));
    assert_eq!(web.severity["run-privileged"], Severity::Low);
    let deploy = PolicyValue::List(vec!["deploy".to_owned()]);
    assert_eq!(web.parameters["docker_users"], deploy);
}

#[test]
fn every_mistake_has_its_place_and_the_nearest_word() {
    assert_eq!(
        bad(r#"bass = "all"
include = ["run-privilegd", "area:deamon", "lvl:1", "level:3", "practice:S41", "run-[x"]
[severity]
run-privileged = "hihg"
daemon-iccc = "low"
[parameters]
docker_user = ["deploy"]"#),
        "\
1:1 unknown key `bass` in the profile | did you mean `base`?
2:12 no control is called `run-privilegd` | did you mean `run-privileged`?
2:29 no area `deamon` | did you mean `daemon`?
2:44 no controls are chosen by `lvl` | did you mean `level`?
2:53 no level `3` | did you mean `1`?
2:64 no practice `S41` | `practice:S1` to `practice:S40`
2:80 `run-[x` is no pattern: [ is not closed | -
4:18 unknown `run-privileged`: `hihg` | did you mean `high`?
5:1 unknown control `daemon-iccc` | did you mean `daemon-icc`?
7:1 unknown parameter `docker_user` in [parameters] | did you mean `docker_users`?"
    );
    assert_eq!(
        bad("base = \"recomended\""),
        "1:8 unknown profile `recomended` | did you mean `recommended`?"
    );
    assert!(bad("about = \"nothing\"").contains("selects nothing"));
    let taken = profile(
        "version = 1\nbase = \"all\"",
        "all.toml",
        "all",
        &environment(),
    );
    assert!(taken.unwrap_err()[0].message.contains("cannot be the name"));
    let later = profile(
        "version = 2\nbase = \"all\"",
        "web.toml",
        "web",
        &environment(),
    );
    assert!(later.unwrap_err()[0].message.contains("unknown version 2"));
}

#[test]
fn every_key_is_described() {
    let page = include_str!("../../../docs/profiles.md");
    let section = page.split_once("| key | value |").unwrap().1;
    let described: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(described, keys::PROFILE);
}
