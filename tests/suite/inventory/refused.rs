//! Every kind of mistake: its line, column, message and hint, and all of them at once.

use std::fs;

use super::{bad, environment, fixtures, long, read};
use plimsoll::inventory::parse;

/// Compares each broken file with what is beside it. `BLESS=1` writes what is found: read the difference before you keep it.
#[test]
fn broken_files_are_refused_as_expected() {
    let files = fixtures("invalid");
    assert!(files.len() >= 20, "only {} broken files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let found = match parse(&text, name, &environment()) {
            Ok(_) => "accepted".to_owned(),
            Err(problems) => long(&problems),
        };
        let beside = file.with_extension("expected");
        if std::env::var("BLESS").is_ok() {
            fs::write(&beside, format!("{found}\n")).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if found != expected.trim_end() {
            wrong.push(format!("{name}\n{found}"));
        }
        assert_ne!(found, "accepted", "{name} has no mistake");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_problem_is_one_line_or_a_picture() {
    let problems = read("version = 1\n[defaults]\n  usr = \"ops\"\n").unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "inventory.toml:3:3: unknown key `usr` in [defaults] (did you mean `user`?)"
    );
    assert_eq!(
        problems[0].long(),
        "inventory.toml:3:3: unknown key `usr` in [defaults]
   |
 3 |   usr = \"ops\"
   |   ^^^
   = did you mean `user`?"
    );
}

#[test]
fn columns_are_characters_and_carets_are_columns() {
    let problems =
        read("version = 1\ndefaults = { reason = \"生产\", usr = \"x\" }\n").unwrap_err();
    assert_eq!((problems[0].line, problems[0].column), (2, 29));
    let picture = problems[0].long();
    let lines: Vec<&str> = picture.lines().collect();
    assert_eq!(
        plimsoll::domain::text::width(&lines[3][..lines[3].find('^').unwrap()]),
        plimsoll::domain::text::width(&lines[2][..lines[2].find("usr").unwrap()]),
        "{picture}"
    );
}

#[test]
fn a_long_line_is_shown_around_its_mistake() {
    let text = format!(
        "version = 1\ndefaults = {{ reason = \"{}\", usr = \"x\" }}\n",
        "r".repeat(5000)
    );
    let picture = read(&text).unwrap_err()[0].long();
    assert!(
        picture.lines().all(|line| line.chars().count() < 120),
        "{picture}"
    );
    assert!(picture.contains("usr"), "{picture}");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_move_nothing() {
    assert!(read("\u{feff}version = 1\r\n[defaults]\r\nuser = \"ops\"\r\n").is_ok());
    let problems = read("\u{feff}version = 1\r\n[defaults]\r\nusr = \"ops\"\r\n").unwrap_err();
    assert_eq!((problems[0].line, problems[0].column), (3, 1));
    let problems = read("\u{feff}verion = 1\r\n").unwrap_err();
    assert!(
        problems
            .iter()
            .any(|p| (p.line, p.column) == (1, 1) && p.message.contains("verion"))
    );
}

#[test]
fn no_password_leaves_in_a_message() {
    for text in [
        "[[hosts]]\nname = \"a\"\nendpoint = \"ssh://ops:hunter2@a:22\"\n",
        "[[hosts]]\nname = \"a\"\nendpoint = \"ssh://ops:hunter2/x@a:22\"\n",
        "[[hosts]]\nname = \"a\"\nendpoint = \"ftp://ops:hunter2@a:22\"\n",
        "[store]\nurl = \"postgrs://u:hunter2@db/plimsoll\"\n",
        "[store]\nurl = \"postgres://u:hunter2@db/plimsoll\"\nkep = \"1d\"\n",
        "[store]\nurl = \"postgres://u:hunter2@db/plimsoll\" keep = 1\n",
        "[store]\nurl = postgres://u:hunter2@db/plimsoll\n",
    ] {
        let problems = read(&format!("version = 1\n{text}")).unwrap_err();
        let all = format!("{}{problems:?}", long(&problems));
        assert!(!all.contains("hunter2"), "{all}");
    }
}

#[test]
fn a_terminal_escape_in_the_file_stays_in_the_file() {
    let problems =
        read("version = 1\n[defaults]\nuser = \"\\u001b[2J\"\n\"\\u001b[31mx\" = 1\n").unwrap_err();
    let all = long(&problems);
    assert!(!all.contains('\u{1b}'), "{all:?}");
    let problems = read("version = 1\n# \u{202e}evil\u{1b}\nx = 1").unwrap_err();
    assert!(!long(&problems).contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn hosts_that_cannot_be_told_apart_are_refused() {
    for (text, expected) in [
        (
            "[[hosts]]\nname = \"a-[1-3]\"\n[[hosts]]\nname = \"a-[2-4]\"",
            "4:8 `a-[2-3]` is declared twice | first on line 3",
        ),
        (
            "[[hosts]]\nname = \"a-[1-3,2]\"",
            "2:8 `a-[1-3,2]` names a-2 twice | -",
        ),
        (
            "[[hosts]]\nname = \"a-[3-1]\"",
            "2:12 bad node set: `3-1` counts backwards | -",
        ),
        (
            "[[hosts]]\nname = \"a-[1-\"",
            "2:11 bad node set: `[` without `]` | -",
        ),
        (
            "[[hosts]]\nname = \"a-[x]\"",
            "2:12 bad node set: `x` is no number: brackets hold numbers and ranges such as `01-20,33` | -",
        ),
        (
            "[[hosts]]\nname = \"a-[1-999999]\"",
            "2:9 bad node set: more than 100000 names | -",
        ),
        (
            "[[hosts]]\nname = \"a b\"",
            "2:8 ` ` in the name `a b` | names hold letters, digits, `.`, `_` and `-`",
        ),
        (
            "[groups.a]\n[[hosts]]\nname = \"a\"",
            "3:8 `a` is a host and a group | give one of them another name",
        ),
        (
            "[groups.prod]\n[[hosts]]\nname = \"a\"\ngroups = [\"prd\", \"web\"]",
            "4:11 undefined group `prd` | did you mean `prod`?\n4:18 undefined group `web` | declare it with `[groups.web]`",
        ),
        (
            "[groups.prod]\n[[hosts]]\nname = \"a\"\ngroups = [\"prod\", \"prod\"]",
            "4:19 group `prod` is listed twice | -",
        ),
        ("[[hosts]]\nuser = \"x\"", "1:1 [[hosts]] lacks `name` | -"),
    ] {
        assert_eq!(bad(text), expected, "{text}");
    }
}

#[test]
fn more_hosts_than_anybody_has_are_refused_once() {
    let text = "[[hosts]]\nname = \"a-[1-60000]\"\n[[hosts]]\nname = \"b-[1-60000]\"\n[[hosts]]\nname = \"c-[1-60000]\"";
    assert_eq!(bad(text), "4:8 more than 100000 hosts | -");
}

#[test]
fn a_mistake_of_many_hosts_is_told_once() {
    assert_eq!(
        bad("[[hosts]]\nname = \"a-[1-50000]\"\njump = \"a_1\""),
        "3:8 undefined jump `a_1` | did you mean `a-1`?"
    );
    assert_eq!(
        bad("[[hosts]]\nname = \"a-[1-50000]\"\njump = \"a-1\""),
        "3:8 jumps in a circle: a-1 → a-1 | -"
    );
    let long = "x".repeat(300);
    assert_eq!(
        bad(&format!("[[hosts]]\nname = \"{long}[1-3]\"")),
        "2:8 a name of more than 253 bytes | -"
    );
    let longer = "x".repeat(3000);
    assert_eq!(
        bad(&format!("[[hosts]]\nname = \"{longer}[1-3]\"")),
        "2:9 bad node set: a name of more than 1024 bytes | -"
    );
}

#[test]
fn each_jump_leads_somewhere() {
    for (text, expected) in [
        (
            "[[hosts]]\nname = \"bastion\"\n[[hosts]]\nname = \"a\"\njump = \"bastio\"",
            "5:8 undefined jump `bastio` | did you mean `bastion`?",
        ),
        (
            "[[hosts]]\nname = \"a\"\njump = [\"gate\", \"u@b:0\", \"way\"]",
            "3:9 undefined jump `gate` | a host of the inventory, an alias of ssh_config or `user@host:port`\n\
             3:17 bad jump: bad port | a number from 1 to 65535\n\
             3:26 undefined jump `way` | a host of the inventory, an alias of ssh_config or `user@host:port`",
        ),
        (
            "[[hosts]]\nname = \"a-[1-3]\"\njump = \"gateway\"",
            "3:8 undefined jump `gateway` | a host of the inventory, an alias of ssh_config or `user@host:port`",
        ),
        (
            "[[hosts]]\nname = \"a\"\njump = \"b\"\n[[hosts]]\nname = \"b\"\njump = \"c\"\n[[hosts]]\nname = \"c\"\njump = \"a\"",
            "9:8 jumps in a circle: a → b → c → a | -",
        ),
        (
            "[[hosts]]\nname = \"a\"\njump = \"a\"",
            "3:8 jumps in a circle: a → a | -",
        ),
        (
            "[[hosts]]\nname = \"a\"\nendpoint = \"unix:///x\"\n[[hosts]]\nname = \"b\"\njump = \"a\"",
            "6:8 the jump `a` has no ssh endpoint | -",
        ),
        (
            "[[hosts]]\nname = \"a\"\nendpoint = \"unix:///x\"\njump = \"u@b:1\"",
            "4:8 `jump` needs an ssh endpoint | -",
        ),
        (
            "[[hosts]]\nname = \"a\"\njump = \"u@b:x\"",
            "3:8 bad jump: bad port | a number from 1 to 65535",
        ),
        (
            "[[hosts]]\nname = \"a\"\njump = [\"u@1\", \"u@2\", \"u@3\", \"u@4\", \"u@5\", \"u@6\", \"u@7\", \"u@8\", \"u@9\"]",
            "3:9 more than 8 jumps in a row | -",
        ),
    ] {
        assert_eq!(bad(text), expected, "{text}");
    }
}

#[test]
fn each_waiver_can_be_held_against_somebody() {
    let whole = "[[waivers]]\ncontrol = \"daemon-icc\"\nowner = \"o\"\nreason = \"r\"\n";
    for (more, expected) in [
        ("", "1:1 the waiver of `daemon-icc` lacks `expires` | -"),
        (
            "expires = \"2027-01-31\"",
            "5:11 `expires` must be a date, not a string | write a date without quotes and without a time, such as `2027-01-31`",
        ),
        (
            "expires = 2027-01-31T00:00:00Z",
            "5:11 `expires` must be a date alone | write a date without quotes and without a time, such as `2027-01-31`",
        ),
        (
            "expires = 2027-02-30",
            "5:11 invalid date, expected day between 01 and 28 | -",
        ),
        (
            "expires = 2027-01-31\ngranted = 2027-02-01",
            "5:11 `expires` is before `granted` | -",
        ),
        (
            "expires = 2027-01-31\nhost = \"x\"",
            "6:1 unknown key `host` in the waiver of `daemon-icc` | did you mean `hosts`?",
        ),
        (
            "expires = 2027-01-31\nhosts = \"x\"",
            "6:10 `x` is no host and no group | -",
        ),
        (
            "expires = 2027-01-31\nhosts = \"ci-*&\"",
            "6:15 a host or group is missing | -",
        ),
        (
            "expires = 2027-01-31\nsubject = \"container:[a\"",
            "6:11 bad glob `container:[a`: unclosed character class; missing ']' | -",
        ),
        (
            "expires = 2027-01-31\nlabel = \"team\"",
            "6:9 a label is written `key=value` | -",
        ),
    ] {
        assert_eq!(bad(&format!("{whole}{more}")), expected, "{more}");
    }
    assert_eq!(
        bad("[[waivers]]\ncontrol = \"daemon-iccc\"\nowner = \"o\"\nexpires = 2027-01-31"),
        "1:1 the waiver of `daemon-iccc` lacks `reason` | -\n2:11 unknown control `daemon-iccc` | did you mean `daemon-icc`?"
    );
}

#[test]
fn an_unknown_version_is_the_only_complaint() {
    let problems = read("version = 2\n[new]\nkey = 1\n").unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, "unknown version 2");
    let problems = read("[[hosts]]\nname = \"a\"\n").unwrap_err();
    assert_eq!(problems[0].message, "`version` is missing");
}

#[test]
fn tls_needs_somebody_to_trust_and_both_halves_of_a_certificate() {
    for (tls, expected) in [
        (
            "{ }",
            "3:7 the tls of host `h` lacks `ca` | or `system_roots = true` to trust the authorities of this machine",
        ),
        (
            "{ ca = \"/ca\", cert = \"/cert\" }",
            "3:7 the tls of host `h` lacks `key` | -",
        ),
        (
            "{ system_roots = true, key = \"/key\" }",
            "3:7 the tls of host `h` lacks `cert` | -",
        ),
        ("{ system_roots = true }", "no problem"),
        ("{ ca = \"/ca\" }", "no problem"),
    ] {
        let text = format!("[[hosts]]\nname = \"h\"\ntls = {tls}\nendpoint = \"tcp://h\"\n");
        let found = bad(&text);
        assert_eq!(found, expected, "{tls}");
    }
}
