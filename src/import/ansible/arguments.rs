//! The arguments of `ssh` that Ansible adds, as settings.

use crate::import::{Settings, words};

/// Options that change nothing about where a host is and who logs in: how long connections are kept and checked, how
/// much is told, and in which order things are tried.
const HARMLESS: &[&str] = &[
    "batchmode",
    "compression",
    "controlmaster",
    "controlpath",
    "controlpersist",
    "loglevel",
    "preferredauthentications",
    "serveralivecountmax",
    "serveraliveinterval",
    "tcpkeepalive",
];

/// What came of a line of arguments, besides settings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) port: Option<String>,
    /// What was left out.
    pub(super) notes: Vec<String>,
    /// Why the host cannot be taken over.
    pub(super) refused: Option<String>,
}

/// Takes `line` into `settings`; as with `ssh`, what is set already counts. `known` tells which names can be jumps.
pub(super) fn take(line: &str, known: &dyn Fn(&str) -> bool, settings: &mut Settings) -> Taken {
    let mut taken = Taken::default();
    let Some(words) = words::split(line, false) else {
        taken.refused = Some("a quote is not closed".to_owned());
        return taken;
    };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let Some((flag, glued)) = flag(&word) else {
            taken.notes.push(format!("`{word}` is left out"));
            continue;
        };
        if !matches!(
            flag,
            'o' | 'J' | 'i' | 'p' | 'l' | 'F' | 'W' | 'L' | 'R' | 'D' | 'b' | 'c' | 'm' | 'S' | 'E'
        ) {
            // One or more letters, each on its own.
            if flag == 'A' {
                taken.notes.push("agents are never forwarded".to_owned());
            } else if !matches!(flag, 'C' | 'q' | 'v' | 'T' | '4' | '6' | 'a' | 'x') {
                taken.notes.push(format!("`{word}` is left out"));
            }
            continue;
        }
        let value = if glued.is_empty() {
            words.next().unwrap_or_default()
        } else {
            glued.to_owned()
        };
        match flag {
            'o' => option(&value, known, settings, &mut taken),
            'J' => jump(&value, known, settings),
            'i' => settings.identity_file.push(value),
            'l' => set(&mut settings.user, value),
            'p' => set(&mut taken.port, value),
            'S' => {}
            _ => taken.notes.push(format!("`-{flag} {value}` is left out")),
        }
    }
    taken
}

fn flag(word: &str) -> Option<(char, &str)> {
    let rest = word.strip_prefix('-')?;
    let flag = rest.chars().next()?;
    Some((flag, rest.get(flag.len_utf8()..)?))
}

fn set(slot: &mut Option<String>, value: String) {
    slot.get_or_insert(value);
}

fn option(text: &str, known: &dyn Fn(&str) -> bool, settings: &mut Settings, taken: &mut Taken) {
    let (key, value) = text
        .split_once(['=', ' '])
        .map_or((text, ""), |(key, value)| (key, value.trim()));
    match key.trim().to_ascii_lowercase().as_str() {
        "proxyjump" => jump(value, known, settings),
        "proxycommand" => match command(value, known) {
            Some(word) if settings.jump.is_empty() => settings.jump = vec![word],
            Some(_) => {}
            None if value == "none" => {}
            None => taken.refused = Some("it connects with a command".to_owned()),
        },
        "identityfile" => settings.identity_file.push(value.to_owned()),
        "user" => set(&mut settings.user, value.to_owned()),
        "port" => set(&mut taken.port, value.to_owned()),
        "userknownhostsfile" if value == "/dev/null" => taken.notes.push(
            "host keys are thrown away there (UserKnownHostsFile=/dev/null), and are checked here".to_owned(),
        ),
        "userknownhostsfile" => {
            if settings.known_hosts.is_empty() {
                settings.known_hosts = value.split_whitespace().map(str::to_owned).collect();
            }
        }
        "stricthostkeychecking" => match value {
            "yes" => set(&mut settings.host_key, "strict".to_owned()),
            "ask" => set(&mut settings.host_key, "ask".to_owned()),
            "accept-new" => set(&mut settings.host_key, "accept-new".to_owned()),
            _ => taken.notes.push(
                "any host key is accepted there (StrictHostKeyChecking), and unknown ones are refused here".to_owned(),
            ),
        },
        "connecttimeout" if value.bytes().all(|b| b.is_ascii_digit()) && !value.is_empty() => {
            set(&mut settings.connect_timeout, format!("{value}s"));
        }
        "forwardagent" if value == "no" => {}
        "forwardagent" => taken.notes.push("agents are never forwarded".to_owned()),
        harmless if HARMLESS.contains(&harmless) => {}
        _ => taken.notes.push(format!("`-o {text}` is left out")),
    }
}

/// The jumps of a list with commas.
fn jump(value: &str, known: &dyn Fn(&str) -> bool, settings: &mut Settings) {
    if settings.jump.is_empty() && value != "none" {
        let words = value
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        settings.jump = words.map(|word| named(word, known)).collect();
    }
}

/// A jump as an inventory takes it: a bare word must be known there, or it needs a port.
fn named(word: &str, known: &dyn Fn(&str) -> bool) -> String {
    let word = word.strip_prefix("ssh://").unwrap_or(word);
    if word.contains(['@', '.', ':']) || known(word) {
        word.to_owned()
    } else {
        format!("{word}:22")
    }
}

/// The jump that a ProxyCommand of the form `ssh -W %h:%p user@bastion` is.
fn command(text: &str, known: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut words = words::split(text, false)?.into_iter();
    let program = words.next()?;
    if program.rsplit('/').next() != Some("ssh") {
        return None;
    }
    let (mut forwards, mut server, mut user, mut port) = (false, None, None, None);
    while let Some(word) = words.next() {
        match flag(&word) {
            None => server = server.or(Some(word)),
            Some((letter @ ('W' | 'p' | 'l' | 'i' | 'o' | 'F'), glued)) => {
                let value = if glued.is_empty() {
                    words.next()?
                } else {
                    glued.to_owned()
                };
                match letter {
                    'W' => forwards = matches!(value.as_str(), "%h:%p" | "[%h]:%p"),
                    'p' => port = Some(value),
                    'l' => user = Some(value),
                    // How the bastion's own login goes is a matter of its own entry.
                    _ => {}
                }
            }
            Some(_) => {}
        }
    }
    let server = server.filter(|_| forwards)?;
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    let word = match port {
        Some(port) => format!("{user}{server}:{port}"),
        None => format!("{user}{server}"),
    };
    Some(named(&word, known))
}

#[cfg(test)]
mod tests {
    use super::{Settings, take};

    fn jumps(line: &str) -> Result<String, String> {
        let mut settings = Settings::default();
        let taken = take(line, &|name| name == "alias", &mut settings);
        match taken.refused {
            Some(why) => Err(why),
            None => Ok(settings.jump.join(",")),
        }
    }

    #[test]
    fn jumps_come_from_both_options() {
        for (line, expected) in [
            ("-J ops@b.example:2222", "ops@b.example:2222"),
            ("-o ProxyJump=b1,alias", "b1:22,alias"),
            ("-oProxyJump=b.example", "b.example"),
            ("-o ProxyCommand=\"ssh -W %h:%p -q ops@b\"", "ops@b"),
            (
                "-o 'ProxyCommand ssh -p 2222 -l ops b -W [%h]:%p'",
                "ops@b:2222",
            ),
            ("-o ProxyCommand=none", ""),
            ("-C -o ControlMaster=auto", ""),
        ] {
            assert_eq!(jumps(line).as_deref(), Ok(expected), "{line}");
        }
        jumps("-o ProxyCommand='nc %h %p'").unwrap_err();
        jumps("-o ProxyCommand='ssh b nc %h %p'").unwrap_err();
        jumps("-o 'x").unwrap_err();
    }

    #[test]
    fn what_weakens_a_login_is_not_taken_over() {
        let mut settings = Settings::default();
        let line = "-A -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ForwardAgent=yes -o Tunnel=yes";
        let taken = take(line, &|_| false, &mut settings);
        assert_eq!(settings, Settings::default());
        assert_eq!(taken.notes.len(), 5, "{taken:?}");
    }
}
