//! The section `packages`: installed versions of what makes up the engine.

use std::collections::BTreeMap;

use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;

use super::frame::Answer;
use super::path::lines;

/// Version by package; packages that are known but not installed are left out.
pub(super) fn read(answer: &Answer) -> Known<BTreeMap<String, String>> {
    let section = answer.section("packages")?;
    if section.is_unsupported() {
        return Err(Gap::unsupported("no known package manager on the host"));
    }
    // Every package manager ends with status 1 where one of the packages is not installed.
    Ok(lines(section.whole("packages")?)
        .iter()
        .filter_map(|line| package(line))
        .collect())
}

fn package(line: &str) -> Option<(String, String)> {
    let mut fields = line.split('\t');
    if let (Some(name), Some(version), Some(state)) = (fields.next(), fields.next(), fields.next())
    {
        return (state == "installed" && !version.is_empty())
            .then(|| (clean(name), clean(version)));
    }
    // pacman: `docker 1:27.3.1-1`
    if let Some((name, version)) = line.split_once(' ') {
        return version
            .starts_with(|c: char| c.is_ascii_digit())
            .then(|| (clean(name), clean(version)));
    }
    // apk: `docker-engine-27.3.1-r0`
    let (head, release) = line.rsplit_once("-r")?;
    let (name, version) = head.rsplit_once('-')?;
    release.parse::<u32>().ok()?;
    Some((clean(name), clean(&format!("{version}-r{release}"))))
}

#[cfg(test)]
mod tests {
    use super::package;

    #[test]
    fn each_package_manager_is_understood() {
        let pair = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        assert_eq!(
            package("docker.io\t26.1.5+dfsg1-9\tinstalled"),
            pair("docker.io", "26.1.5+dfsg1-9")
        );
        assert_eq!(package("docker.io\t\tnot-installed"), None);
        assert_eq!(package("runc\t1.1.12\tconfig-files"), None);
        assert_eq!(
            package("docker-ce\t3:27.3.1-1.fc40\tinstalled"),
            pair("docker-ce", "3:27.3.1-1.fc40")
        );
        assert_eq!(package("package runc is not installed"), None);
        assert_eq!(
            package("docker-engine-27.3.1-r0"),
            pair("docker-engine", "27.3.1-r0")
        );
        assert_eq!(package("docker 1:27.3.1-1"), pair("docker", "1:27.3.1-1"));
    }
}
