//! What is on file about host keys, against a corpus of files as people have them. The expected verdicts stand in the
//! files themselves (`#? host port key verdict`); lookups by name were compared with `ssh-keygen -F`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll::transport::ssh::known_hosts::{
    KnownHosts, Verdict, fingerprint, has_authority, line_for, types_on_file, verdict,
};
use proptest::prelude::*;
use russh::keys::{Algorithm, PublicKey};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_hosts")
}

fn key(name: &str) -> PublicKey {
    let path = folder().join("keys").join(format!("{name}.pub"));
    PublicKey::from_openssh(fs::read_to_string(path).unwrap().trim()).unwrap()
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Match => "match",
        Verdict::Unknown => "unknown",
        Verdict::OtherTypeKnown(_) => "other-type",
        Verdict::Changed(_) => "changed",
        Verdict::Revoked(_) => "revoked",
    }
}

fn file(name: &str) -> Arc<KnownHosts> {
    let path = folder().join(name);
    Arc::new(KnownHosts::parse(
        &fs::read_to_string(&path).unwrap(),
        &path,
    ))
}

#[test]
fn every_file_of_the_corpus_gives_the_verdicts_it_states() {
    let mut asked = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "known_hosts") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let known = [Arc::new(KnownHosts::parse(&text, &path))];
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["#?", host, port, offered, expected] => {
                    let found = verdict(&known, host, port.parse().unwrap(), &key(offered));
                    assert_eq!(word(&found), *expected, "{}: {line}", path.display());
                    asked += 1;
                }
                ["#=", "skipped", count] => {
                    assert_eq!(known[0].skipped().to_string(), *count, "{}", path.display());
                }
                ["#?", ..] => panic!("{}: {line}", path.display()),
                _ => {}
            }
        }
    }
    assert!(asked > 50, "only {asked} questions were found");
}

#[test]
fn a_changed_key_is_named_with_its_file_line_and_fingerprint() {
    let known = [file("plain.known_hosts")];
    let Verdict::Changed(on_file) = verdict(&known, "two", 22, &key("e")) else {
        panic!("not changed");
    };
    let fingerprints: Vec<&str> = on_file
        .iter()
        .map(|entry| entry.fingerprint.as_str())
        .collect();
    assert_eq!(
        fingerprints,
        [
            fingerprint(&key("a")).as_str(),
            fingerprint(&key("b")).as_str()
        ],
        "the key of another type is no part of the change"
    );
    assert!(
        on_file
            .iter()
            .all(|entry| entry.kind == "ssh-ed25519" && entry.line > 20)
    );
}

#[test]
fn files_are_looked_at_together() {
    let text = format!("web-01 {}\n", key("b").to_openssh().unwrap());
    let second = Arc::new(KnownHosts::parse(&text, Path::new("second")));
    let first = file("plain.known_hosts");
    let both = [Arc::clone(&first), second];
    assert_eq!(word(&verdict(&[first], "web-01", 22, &key("b"))), "changed");
    assert_eq!(word(&verdict(&both, "web-01", 22, &key("b"))), "match");

    let text = format!("@revoked * {}\n", key("a").to_openssh().unwrap());
    let revoking = Arc::new(KnownHosts::parse(&text, Path::new("revoking")));
    let three = [both[0].clone(), both[1].clone(), revoking];
    assert_eq!(word(&verdict(&three, "web-01", 22, &key("a"))), "revoked");
}

#[test]
fn types_on_file_lead_and_an_authority_is_no_type() {
    let known = [file("plain.known_hosts"), file("markers.known_hosts")];
    assert_eq!(
        types_on_file(&known, "crossed", 22),
        Vec::<Algorithm>::new()
    );
    let types: Vec<String> = types_on_file(&known, "two", 22)
        .iter()
        .map(|kind| kind.as_str().to_owned())
        .collect();
    assert_eq!(types, ["ssh-ed25519", "ecdsa-sha2-nistp256"]);
    assert!(types_on_file(&known, "signed", 22).is_empty());
    assert!(has_authority(&known, "signed", 22));
    assert!(has_authority(&known, "x.signed", 22));
    assert!(!has_authority(&known, "two", 22));
}

#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    assert_eq!(
        fingerprint(&key("a")),
        "SHA256:HWXH2Qyj8A+oWztYYYooQ3DlQV6HaRze1oefT/35VNg"
    );
}

#[test]
fn names_that_would_be_more_than_a_name_are_not_written() {
    for name in [
        "", "a b", "a,b", "a\nb", "a\tb", "#a", "*", "?", "!a", "|1|a|b", "@revoked", "[a]:1",
        "-a", "a\u{0}", "ä",
    ] {
        assert_eq!(line_for(name, 22, &key("a")), None, "{name:?}");
    }
}

proptest! {
    #[test]
    fn a_written_line_is_found_again(host in "[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]{0,40}", port in 1u16..) {
        let key = key("a");
        let line = line_for(&host, port, &key).unwrap();
        prop_assert!(line.ends_with('\n') && line.lines().count() == 1);
        let known = [Arc::new(KnownHosts::parse(&line, Path::new("written")))];
        prop_assert_eq!(known[0].skipped(), 0);
        prop_assert_eq!(verdict(&known, &host, port, &key), Verdict::Match);
        prop_assert_eq!(verdict(&known, "elsewhere.example", port, &key), Verdict::Unknown);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}", host in "\\PC{0,20}") {
        let known = [Arc::new(KnownHosts::parse(&text, Path::new("any")))];
        prop_assert_eq!(verdict(&known, &host, 22, &key("a")), Verdict::Unknown);
    }

    #[test]
    fn patterns_of_stars_take_no_time(stars in "[*a]{0,60}", name in "a{0,60}b") {
        let line = format!("{stars} {}", key("a").to_openssh().unwrap());
        let known = [Arc::new(KnownHosts::parse(&line, Path::new("stars")))];
        let found = verdict(&known, &name, 22, &key("a"));
        prop_assert_eq!(found == Verdict::Match, stars.ends_with('*') && stars.matches('a').count() < name.len());
    }
}
