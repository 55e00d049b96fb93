//! Paths as hosts have them: any bytes but NUL. They become text only for keys and display.

use std::fmt::Write as _;

/// Longest path that is ever asked about, in bytes; the kernel accepts no longer one.
const LONGEST: usize = 4096;

/// The path as text: itself where it is UTF-8, else with `\xNN` for each byte that is not.
pub(super) fn text(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _written = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// `raw` without doubled and trailing slashes and without `.`, so that it never holds `//`; `None` where it cannot be
/// asked about: it is relative, too long, or holds NUL. `..` stays, because only the host knows where links lead.
pub(super) fn tidy(raw: &[u8]) -> Option<Vec<u8>> {
    if raw.first() != Some(&b'/') || raw.len() >= LONGEST || raw.contains(&0) {
        return None;
    }
    let mut out = Vec::with_capacity(raw.len());
    for part in raw.split(|byte| *byte == b'/') {
        if !part.is_empty() && part != b"." {
            out.push(b'/');
            out.extend_from_slice(part);
        }
    }
    if out.is_empty() {
        out.push(b'/');
    }
    Some(out)
}

/// Every folder above a tidy path, nearest first, the root last; nothing for the root itself.
pub(super) fn parents(tidy: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = tidy;
    while let Some(at) = rest.iter().rposition(|byte| *byte == b'/') {
        if rest == b"/" {
            break;
        }
        rest = rest.get(..at).unwrap_or_default();
        found.push(if rest.is_empty() {
            b"/".to_vec()
        } else {
            rest.to_vec()
        });
        if rest.is_empty() {
            break;
        }
    }
    found
}

/// `raw` for the argument of `printf %b`, ended by NUL: every byte that could mean anything to a shell, to `printf` or
/// to a terminal is written in octal.
pub(super) fn escape(raw: &[u8], out: &mut Vec<u8>) {
    for byte in raw {
        if byte.is_ascii_alphanumeric() || b"/._-:@+,=".contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("\\0{byte:03o}").as_bytes());
        }
    }
    out.extend_from_slice(b"\\0000");
}

/// Splits at NUL; an end mark after the last item is not an item.
pub(super) fn fields(raw: &[u8]) -> Vec<&[u8]> {
    let raw = raw.strip_suffix(&[0]).unwrap_or(raw);
    if raw.is_empty() {
        return Vec::new();
    }
    raw.split(|byte| *byte == 0).collect()
}

/// Lines of text from a host; bytes that are not UTF-8 become stand-ins.
pub(super) fn lines(raw: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(raw)
        .split('\n')
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{escape, parents, tidy};

    #[test]
    fn only_absolute_paths_can_be_asked_about() {
        assert_eq!(tidy(b"//etc/./docker//"), Some(b"/etc/docker".to_vec()));
        assert_eq!(tidy(b"/"), Some(b"/".to_vec()));
        assert_eq!(tidy(b"/a/../b"), Some(b"/a/../b".to_vec()));
        assert_eq!(tidy(b"certs/key.pem"), None);
        assert_eq!(tidy(b"/a\0b"), None);
        assert_eq!(tidy(&vec![b'/'; 5000]), None);
    }

    #[test]
    fn parents_end_at_the_root() {
        assert_eq!(
            parents(b"/etc/docker/key.json"),
            [b"/etc/docker".to_vec(), b"/etc".to_vec(), b"/".to_vec()]
        );
        assert_eq!(parents(b"/etc"), [b"/".to_vec()]);
        assert!(parents(b"/").is_empty());
    }

    #[test]
    fn nothing_that_means_something_to_a_shell_is_sent_as_it_is() {
        let mut out = Vec::new();
        escape(b"/$(id)`\\n%s';\n\x1b ", &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "/\\0044\\0050id\\0051\\0140\\0134n\\0045s\\0047\\0073\\0012\\0033\\0040\\0000"
        );
    }
}
