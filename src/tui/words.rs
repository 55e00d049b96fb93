//! How times, ways, stages and references are said in a few letters.

use crate::domain::control::Control;
use crate::domain::failure::Stage;
use crate::domain::host::{HostHeader, Transport};

/// How long ago: `2s`, `14m`, `3h`, `9d`.
pub fn age(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// How long something took: `412 ms`, `4.2 s`, `3 min`.
pub fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min", ms / 60_000),
    }
}

/// The time of day, `offset_s` seconds ahead of UTC.
pub fn clock(ms: i64, offset_s: i32) -> String {
    let second = (ms.div_euclid(1000) + i64::from(offset_s)).rem_euclid(86_400);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{hour:02}:{minute:02}:{:02}", second % 60)
}

/// The groups of a host in one word.
pub fn groups(header: &HostHeader) -> String {
    if header.groups.is_empty() {
        "-".into()
    } else {
        header.groups.join("/")
    }
}

/// The way to a host: `ssh`, `ssh>bastion`, `tls`, `local`.
pub fn via(header: &HostHeader) -> String {
    let mut via = header.transport.word().to_owned();
    for jump in &header.jumps {
        via.push('>');
        via.push_str(jump);
    }
    via
}

/// What happens at a stage.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Name => "name lookup",
        Stage::Tcp => "connecting",
        Stage::Tls => "TLS handshake",
        Stage::Kex => "key exchange",
        Stage::Hostkey => "host key",
        Stage::Authentication => "authentication",
        Stage::Channel => "opening channels",
        Stage::Probe => "probing the host",
        Stage::Engine => "asking the engine",
        Stage::Collect => "reading objects",
        Stage::Judge => "applying rules",
    }
}

/// `share` of one as a percentage, rounded down, so that 100 % means all.
pub fn percent(share: f64) -> String {
    let whole = (0..=100u8)
        .rev()
        .find(|percent| f64::from(*percent) <= share * 100.0 + 1e-9)
        .unwrap_or_default();
    format!("{whole}%")
}

/// `1 host`, `2 hosts`.
pub fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

/// `yes` or `no`.
pub fn yes(on: bool) -> &'static str {
    if on { "yes" } else { "no" }
}

/// `text`, or what stands for none.
pub fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// A memory limit in a few letters.
pub fn memory(bytes: i64) -> String {
    const MEBIBYTE: i64 = 1 << 20;
    match bytes {
        ..=0 => "none".into(),
        bytes if bytes >= 1024 * MEBIBYTE && bytes % (1024 * MEBIBYTE) == 0 => {
            format!("{}G", bytes / (1024 * MEBIBYTE))
        }
        bytes if bytes >= MEBIBYTE => format!("{}M", bytes / MEBIBYTE),
        bytes => format!("{}K", bytes / 1024),
    }
}

/// A size on disk in a few letters, as engines say it: `1.2GB`.
pub fn size(bytes: i64) -> String {
    match bytes.max(0) {
        bytes @ 0..1_000 => format!("{bytes}B"),
        bytes @ 1_000..1_000_000 => format!("{}kB", bytes / 1_000),
        bytes @ 1_000_000..1_000_000_000 => format!("{}MB", bytes / 1_000_000),
        bytes => format!("{}.{}GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

/// Where a control comes from, one reference a line.
pub fn references(control: &Control) -> Vec<String> {
    let mut found: Vec<String> = control
        .cis
        .iter()
        .map(|cis| {
            let numbers = match cis.v16 {
                Some(v16) if v16 == cis.v18 => format!("{v16} (1.6.0 to 1.8.0"),
                Some(v16) => format!("{} (1.8.0), {v16} (1.6.0, 1.7.0", cis.v18),
                None => format!("{} (1.8.0", cis.v18),
            };
            format!("CIS Docker {numbers}; level {})", cis.level)
        })
        .collect();
    if !control.practices.is_empty() {
        let practices: Vec<_> = control
            .practices
            .iter()
            .map(|number| format!("S{number}"))
            .collect();
        found.push(format!("practice {}", practices.join(", ")));
    }
    found
}

/// A command that reaches the host the same way, for a person to try.
pub fn command(header: &HostHeader) -> String {
    let quote = |text: &str| {
        let plain = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.:/@[],%+=".contains(c));
        if plain && !text.is_empty() {
            text.to_owned()
        } else {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
    };
    match header.transport {
        Transport::Ssh => {
            let rest = header
                .endpoint
                .strip_prefix("ssh://")
                .unwrap_or(&header.endpoint);
            let address = rest.split('/').next().unwrap_or(rest);
            let (target, port) = match address.rsplit_once(':') {
                Some((target, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
                    (target, Some(port))
                }
                _ => (address, None),
            };
            let mut command = String::from("ssh -v");
            if let Some(port) = port.filter(|port| *port != "22") {
                command.push_str(" -p ");
                command.push_str(port);
            }
            if !header.jumps.is_empty() {
                command.push_str(" -J ");
                command.push_str(&quote(&header.jumps.join(",")));
            }
            command.push_str(" -- ");
            command.push_str(&quote(&target.replace(['[', ']'], "")));
            command.push_str(" docker version");
            command
        }
        Transport::Tls => format!("docker --tlsverify -H {} version", quote(&header.endpoint)),
        Transport::Local => format!("docker -H {} version", quote(&header.endpoint)),
    }
}

#[cfg(test)]
mod tests {
    use super::{age, clock, duration, percent};

    #[test]
    fn times_are_short() {
        assert_eq!(age(-5), "0s");
        assert_eq!(age(59_999), "59s");
        assert_eq!(age(3_600_000), "1h");
        assert_eq!(age(400 * 3_600_000), "16d");
        assert_eq!(duration(999), "999 ms");
        assert_eq!(duration(4_230), "4.2 s");
        assert_eq!(clock(0, 0), "00:00:00");
        assert_eq!(clock(-1_000, 3_600), "00:59:59");
    }

    #[test]
    fn only_all_is_a_hundred_percent() {
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.999), "99%");
        assert_eq!(percent(0.29), "29%");
        assert_eq!(percent(0.0), "0%");
    }
}
