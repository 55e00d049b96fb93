//! Every value that is refused says what it takes instead.

use super::bad;

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
