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
fn each_value_says_what_it_takes() {
    for (text, expected) in [
        (
            "[defaults]\nuser = 1",
            "2:8 `user` must be a string, not an integer | -",
        ),
        ("[defaults]\nuser = \"\"", "2:8 `user` is empty | -"),
        (
            "[defaults]\nuser = \"-o x\"",
            "2:8 `-o x` is no user name | -",
        ),
        (
            "[defaults]\nsudo = \"nver\"",
            "2:8 unknown `sudo`: `nver` | did you mean `never`?",
        ),
        (
            "[defaults]\nmode = \"admin\"",
            "2:8 unknown `mode`: `admin` | one of: operator, audit",
        ),
        (
            "[defaults]\nhost_key = \"accept\"",
            "2:12 unknown `host_key`: `accept` | one of: strict, ask, accept-new",
        ),
        (
            "[defaults]\nprofile = \"harden\"",
            "2:11 unknown profile `harden` | did you mean `hardened`?",
        ),
        (
            "[defaults]\nconnect_timeout = 10",
            "2:19 `connect_timeout` needs a unit | write `\"10s\"` for seconds",
        ),
        (
            "[defaults]\nhost_timeout = \"10\"",
            "2:16 bad duration `10` | such as `10s`, `1m30s`, `12h` or `400d`",
        ),
        (
            "[defaults]\nhost_timeout = \"-10s\"",
            "2:16 bad duration `-10s` | such as `10s`, `1m30s`, `12h` or `400d`",
        ),
        (
            "[defaults]\nhost_timeout = \"0s\"",
            "2:16 `0s` is not between 100ms and 1d | -",
        ),
        (
            "[defaults]\nhost_timeout = \"1month\"",
            "2:16 `1month`: months and years have no fixed length | such as `10s`, `1m30s`, `12h` or `400d`",
        ),
        (
            "[defaults]\nidentity_file = \"~bob/key\"",
            "2:17 `~bob/key`: another user's home folder is not looked up | write the whole path",
        ),
        (
            "[defaults]\nidentity_file = [\"a\", 2]",
            "2:23 `identity_file` must be a string, not an integer | -",
        ),
        (
            "[defaults]\nknown_hosts = \"/etc/{host}\"",
            "2:15 unknown placeholder in `/etc/{host}` | the only placeholder is `{name}`, the host's name",
        ),
        (
            "[defaults]\nlabels = { a = 1 }",
            "2:16 `a` must be a string, not an integer | -",
        ),
        (
            "[defaults]\npolicy = {}",
            "2:1 unknown key `policy` in [defaults] | `policy` stands at the top of the file",
        ),
    ] {
        assert_eq!(bad(text), expected, "{text}");
    }
}

#[test]
fn each_table_says_what_it_takes() {
    for (text, expected) in [
        (
            "[groups.\"a b\"]",
            "1:9 ` ` in the name `a b` | names hold letters, digits, `.`, `_` and `-`",
        ),
        (
            "groups = 3",
            "1:10 `groups` must be a table, not an integer | -",
        ),
        (
            "[hosts]\nname = \"a\"",
            "1:2 `hosts` must be a list of tables, not a table | write `[[hosts]]` in front of each",
        ),
        (
            "[policy]\ndocker_user = [\"a\"]",
            "2:1 unknown parameter `docker_user` in [policy] | did you mean `docker_users`?",
        ),
        (
            "[policy]\ndocker_users = \"a\"",
            "2:16 `docker_users` must be a list of strings, not a string | -",
        ),
        (
            "[policy]\nmax_managers = \"3\"",
            "2:16 `max_managers` must be a whole number, not a string | -",
        ),
        (
            "[policy]\nallow_ipv6 = 1",
            "2:14 `allow_ipv6` must be true or false, not an integer | -",
        ),
        (
            "[guardrails]\nmax_batch = 0",
            "2:13 `max_batch` must be 1 or more | -",
        ),
        (
            "[guardrails]\nconfirm = \"type\"",
            "2:11 unknown `confirm`: `type` | one of: ask, type-host",
        ),
        (
            "[guardrails]\ndeny = [\"restart-deamon\"]",
            "2:9 `restart-deamon` is no class and no control | did you mean `restart-daemon`?",
        ),
        (
            "[guardrails]\ndeny = [\"swrm-*\"]",
            "2:9 `swrm-*` matches no class and no control | -",
        ),
        (
            "[guardrails]\nwindow = \"Sat 22:00\"",
            "2:10 bad window `Sat 22:00` | such as `Sat 22:00-Sun 06:00` (once a week) or `22:00-06:00` (every day), in UTC",
        ),
        (
            "[guardrails]\nwindow = \"Sat 25:00-Sun 06:00\"",
            "2:10 bad window `Sat 25:00-Sun 06:00` | such as `Sat 22:00-Sun 06:00` (once a week) or `22:00-06:00` (every day), in UTC",
        ),
        (
            "[guardrails]\nwindow = \"06:00-06:00\"",
            "2:10 the window `06:00-06:00` is empty | -",
        ),
        (
            "[store]\nurl = \"sqlit\"",
            "2:7 unknown kind of store | did you mean `sqlite`?",
        ),
        (
            "[store]\nkeep = \"1h\"",
            "2:8 `1h` is not between 1d and 36600d | -",
        ),
    ] {
        assert_eq!(bad(text), expected, "{text}");
    }
}

#[test]
fn each_endpoint_says_what_it_takes() {
    for (endpoint, expected) in [
        (
            "10.0.0.1",
            "3:12 an endpoint needs a scheme | write `ssh://10.0.0.1`",
        ),
        (
            "/run/docker.sock",
            "3:12 an endpoint needs a scheme | write `unix:///run/docker.sock`",
        ),
        ("shs://a", "3:12 unknown scheme `shs` | did you mean `ssh`?"),
        (
            "https://a:2376",
            "3:12 unknown scheme `https` | write `tcp://host:port`",
        ),
        ("ssh://", "3:12 the host is missing | -"),
        ("ssh://a:0", "3:12 bad port | a number from 1 to 65535"),
        ("ssh://a:65536", "3:12 bad port | a number from 1 to 65535"),
        ("ssh://a:+22", "3:12 bad port | a number from 1 to 65535"),
        (
            "ssh://-oProxyCommand=x",
            "3:12 `-oProxyCommand=x` is no host name | -",
        ),
        (
            "ssh://u:p@a",
            "3:12 a password in an address | use a key: passwords are never read from an inventory",
        ),
        (
            "ssh://::1",
            "3:12 `::1` has more than one `:` | write an IPv6 address in brackets: `[::1]:22`",
        ),
        ("ssh://[::g]", "3:12 `::g` is no IPv6 address | -"),
        ("ssh://a/../x", "3:12 `/../x` is no path of a socket | -"),
        (
            "unix://run/x",
            "3:12 the path of a socket must be absolute | such as `unix:///run/docker.sock`",
        ),
        (
            "tcp://a:2376",
            "3:12 a tcp endpoint needs `tls` | or `insecure = true` for plain HTTP, which is a critical finding",
        ),
        (
            "tcp://u@a:2376",
            "3:12 a tcp endpoint has no user | write `tcp://host:port`",
        ),
        (
            "tcp://a:2376/x",
            "3:12 a tcp endpoint has no path | write `tcp://host:port`",
        ),
        (
            "ssh://{nam}",
            "3:12 unknown placeholder in `ssh://{nam}` | the only placeholder is `{name}`, the host's name",
        ),
    ] {
        let text = format!("[[hosts]]\nname = \"a\"\nendpoint = \"{endpoint}\"\n");
        assert_eq!(bad(&text), expected, "{endpoint}");
    }
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
fn each_jump_leads_somewhere() {
    for (text, expected) in [
        (
            "[[hosts]]\nname = \"bastion\"\n[[hosts]]\nname = \"a\"\njump = \"bastio\"",
            "5:8 undefined jump `bastio` | did you mean `bastion`?",
        ),
        (
            "[[hosts]]\nname = \"a-[1-3]\"\njump = \"gateway\"",
            "3:8 undefined jump `gateway` | a host of the inventory or `user@host:port`",
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
