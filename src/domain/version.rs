//! Comparing versions of engines, runtimes and kernels.

use std::cmp::Ordering;

/// A version: its numbers and, where it is one, the rank of a pre-release.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u64>,
    /// Number of the release candidate; `None` is the release itself.
    candidate: Option<u64>,
    /// Whether the text carries the mark of a distribution's own build (`+dfsg1`, `~ds1`, `-0ubuntu3`).
    repacked: bool,
}

impl Version {
    /// Reads `1.2.3`, `v1.2.3`, `1.4.0-rc.3`, `20.10.24+dfsg1`, `6.1.0-13-amd64`; `None` without a leading number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (head, tail) = text.split_at(end);
        let numbers: Vec<u64> = head
            .split('.')
            .filter(|part| !part.is_empty())
            .map_while(|part| part.parse().ok())
            .collect();
        if numbers.is_empty() {
            return None;
        }
        let candidate = ["-rc", "~rc", "-beta", "-alpha"]
            .iter()
            .find_map(|mark| tail.strip_prefix(mark))
            .map(|rest| rest.trim_start_matches(['.', '-']))
            .map(|rest| {
                rest.split(|c: char| !c.is_ascii_digit())
                    .next()
                    .and_then(|n| n.parse().ok())
                    .unwrap_or(0)
            });
        let repacked = ["+", "~ds", "~deb", "~dfsg"]
            .iter()
            .any(|mark| tail.contains(mark))
            || tail.contains("ubuntu");
        Some(Self {
            numbers,
            candidate,
            repacked,
        })
    }

    /// The number at `position`, 0 where it is not written.
    pub fn number(&self, position: usize) -> u64 {
        self.numbers.get(position).copied().unwrap_or(0)
    }

    /// The first `parts` numbers, such as `1.7` for two.
    pub fn branch(&self, parts: usize) -> String {
        (0..parts)
            .map(|position| self.number(position).to_string())
            .collect::<Vec<_>>()
            .join(".")
    }

    /// Whether the text carries the mark of a distribution's own build.
    pub fn repacked(&self) -> bool {
        self.repacked
    }

    /// Whether it is at least `other`, given as text; a text that is no version is never reached.
    pub fn at_least(&self, other: &str) -> bool {
        Self::parse(other).is_some_and(|other| *self >= other)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let longest = self.numbers.len().max(other.numbers.len());
        (0..longest)
            .map(|position| self.number(position).cmp(&other.number(position)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.rank().cmp(&other.rank()))
    }
}

impl Version {
    /// A release is newer than its candidates.
    fn rank(&self) -> u64 {
        self.candidate.unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn orders_numbers_not_text() {
        let of = |text| Version::parse(text).unwrap();
        assert!(of("20.10.24+dfsg1") > of("20.10.9"));
        assert!(of("1.4.0-rc.3") < of("v1.4.0"));
        assert!(of("1.4.0-rc.2") < of("1.4.0-rc.3"));
        assert!(of("1.3") == of("1.3") && of("1.3") <= of("1.3.0"));
        assert!(of("1.7.29").at_least("1.7.29") && !of("1.7.28").at_least("1.7.29"));
        assert_eq!(of("6.1.0-13-amd64").branch(2), "6.1");
        assert!(of("1.1.5+ds1").repacked() && !of("27.5.1").repacked());
        assert!(Version::parse("unknown-version").is_none() && Version::parse("").is_none());
    }
}
