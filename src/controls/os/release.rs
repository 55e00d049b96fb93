//! Which release of which operating system a host runs, and until when it is supported.

use crate::controls::prelude::*;
use crate::domain::tables::SystemSupport;

/// A release: the words of os-release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::controls) struct Release {
    /// `ID`.
    pub id: String,
    /// `VERSION_ID`; empty on rolling releases.
    pub version: String,
    /// What people call it.
    pub pretty: String,
}

/// The release as the host says it, else as the engine names it.
pub(in crate::controls) fn release(ctx: &Context<'_>) -> Known<Release> {
    let told = ctx.host().os.known().map(|os| Release {
        // Variants that live and end on their own have the id of the system they are made of.
        id: match (os.id.as_str(), os.variant.as_str()) {
            ("fedora", "coreos") => "fedora-coreos".to_owned(),
            ("rhel", "coreos") => "rhcos".to_owned(),
            (_, "atomic.host") => "atomic".to_owned(),
            (id, _) => id.to_owned(),
        },
        version: os.version.clone(),
        pretty: os.pretty.clone(),
    });
    let named = ctx.info().and_then(|info| {
        from_pretty(&info.operating_system).ok_or_else(|| {
            Gap::no_data(format!(
                "{} is not in the bundled table",
                info.operating_system
            ))
        })
    });
    first_known([told, named])
}

/// The row of the bundled table for a release.
pub(in crate::controls) fn support<'a>(
    ctx: &Context<'a>,
    release: &Release,
) -> Option<&'a SystemSupport> {
    ctx.tables
        .systems
        .iter()
        .filter(|row| row.id == release.id)
        .find(|row| {
            row.version.is_empty()
                || row.version == release.version
                || release
                    .version
                    .strip_prefix(&row.version)
                    .is_some_and(|rest| rest.starts_with('.'))
        })
}

/// Systems that are replaced as a whole and keep their state elsewhere.
pub(in crate::controls) fn is_image_based(id: &str) -> bool {
    matches!(
        id,
        "flatcar"
            | "fedora-coreos"
            | "rhcos"
            | "bottlerocket"
            | "opensuse-microos"
            | "sl-micro"
            | "ubuntu-core"
            | "cos"
            | "talos"
    )
}

/// Reads the name that the engine gives the system, such as `Debian GNU/Linux 12 (bookworm)`.
fn from_pretty(pretty: &str) -> Option<Release> {
    const NAMES: &[(&str, &str)] = &[
        ("Debian GNU/Linux", "debian"),
        ("Ubuntu Core", "ubuntu-core"),
        ("Ubuntu", "ubuntu"),
        ("Alpine Linux", "alpine"),
        ("CentOS Stream", "centos-stream"),
        ("CentOS Linux", "centos"),
        ("Red Hat Enterprise Linux CoreOS", "rhcos"),
        ("Red Hat Enterprise Linux", "rhel"),
        ("Rocky Linux", "rocky"),
        ("AlmaLinux", "almalinux"),
        ("Oracle Linux Server", "ol"),
        ("Fedora CoreOS", "fedora-coreos"),
        ("Fedora Linux", "fedora"),
        ("Flatcar Container Linux", "flatcar"),
        ("Container Linux by CoreOS", "coreos"),
        ("Amazon Linux", "amzn"),
        ("openSUSE Leap", "opensuse-leap"),
        ("openSUSE MicroOS", "opensuse-microos"),
        ("SUSE Linux Enterprise Server", "sles"),
        ("Raspbian GNU/Linux", "raspbian"),
        ("RancherOS", "rancheros"),
        ("Docker Desktop", "docker-desktop"),
        ("Bottlerocket OS", "bottlerocket"),
    ];
    let (name, id) = NAMES.iter().find(|(name, _)| pretty.starts_with(name))?;
    let version = pretty
        .strip_prefix(name)?
        .split([' ', 'v'])
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map_or_else(String::new, str::to_owned);
    Some(Release {
        id: (*id).to_owned(),
        version,
        pretty: pretty.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::from_pretty;

    #[test]
    fn names_of_engines_are_read() {
        let of = |text| from_pretty(text).map(|r| (r.id, r.version));
        let some = |id: &str, version: &str| Some((id.to_owned(), version.to_owned()));
        assert_eq!(of("Debian GNU/Linux 12 (bookworm)"), some("debian", "12"));
        assert_eq!(of("Ubuntu 22.04.4 LTS"), some("ubuntu", "22.04.4"));
        assert_eq!(of("Alpine Linux v3.19"), some("alpine", "3.19"));
        assert_eq!(of("Debian GNU/Linux trixie/sid"), some("debian", ""));
        assert_eq!(of("Something else 1"), None);
    }
}
