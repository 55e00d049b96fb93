//! What an image declares and carries.

use crate::controls::prelude::*;
use crate::domain::control::Remedy;
use crate::domain::evidence::image::{Image, ImageDetail};
use crate::domain::evidence::secret::{Hidden, Looks};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "image-nonroot-user",
        title: "Image in use declares a non-root user",
        why: "An image without a user starts as root wherever it is used, and nobody notices until something breaks out.",
        evidence: "The declared user of each image that a container uses.",
        passes: "The part before the colon is neither empty nor 0 nor root. A name passes: what number it has is for the \
                 running container to show.",
        area: Area::Image,
        severity: Severity::High,
        practices: &[17],
        cis: &[Cis::same("4.1", 1)],
        rule: Rule::EachImage(nonroot),
        remedies: &[rebuild(
            "Create a user in the Dockerfile and switch to it: USER uid:gid.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-secrets",
        title: "No secret in environment, labels or build history",
        why: "Everybody who can pull the image can read them, for ever: a later layer does not take them back.",
        evidence: "Names and kinds of environment variables, labels and build arguments; values never leave the reader.",
        passes: "No value has the form of a secret. A name that suggests one without a value that proves it is for a \
                 person to look at.",
        area: Area::Image,
        severity: Severity::Critical,
        cis: &[Cis::same("4.10", 1)],
        rule: Rule::EachImage(secrets),
        remedies: &[guide(
            RemedyClass::RebuildImage,
            "Rotate the secret first, then build with secret mounts instead of arguments and variables.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-no-sshd",
        title: "Image contains no SSH server",
        why: "A second way in with its own keys and passwords, which nobody patches or audits; exec does the same with the \
              engine's own access control.",
        evidence: "Command, exposed ports and build steps of each image in use.",
        passes: "No SSH server is started, port 22 is not exposed, and no step installs one.",
        area: Area::Image,
        severity: Severity::Medium,
        practices: &[19, 26],
        cis: &[Cis::same("4.3", 1)],
        rule: Rule::EachImage(sshd),
        remedies: &[rebuild(
            "Build without the SSH server and enter by docker exec.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-exposed-ports",
        title: "Exposed ports are expected and sane",
        why: "EXPOSE opens nothing by itself, but publish-all opens whatever it names.",
        evidence: "Ports that each image in use exposes.",
        passes: "None of 21, 22, 23, 2375, and no more than ten ports.",
        area: Area::Image,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[19],
        cis: &[Cis::same("5.9", 1)],
        rule: Rule::EachImage(exposed),
        remedies: &[rebuild(
            "Build with EXPOSE for the ports that the service really serves.",
        )],
        ..Control::BASE
    },
    Control {
        id: "image-platform-match",
        title: "Image architecture equals the host's",
        why: "An image for another processor runs through an emulator: slowly, and with holes of its own.",
        evidence: "Architecture of each image in use and of the host.",
        passes: "They are the same.",
        area: Area::Image,
        severity: Severity::Info,
        set: Set::Informational,
        rule: Rule::EachImage(platform),
        remedies: &[guide(
            RemedyClass::Manual,
            "Pull the image for the host's own platform.",
            "",
        )],
        ..Control::BASE
    },
];

/// The remedy of what is built into an image.
pub(super) const fn rebuild(action: &'static str) -> Remedy {
    guide(
        RemedyClass::RebuildImage,
        action,
        "Go back to the previous tag.",
    )
}

/// Whether a user setting means root: the part before the colon is empty, 0 or root.
pub(in crate::controls) fn is_root(user: &str) -> bool {
    let name = user.split(':').next().map_or("", str::trim);
    name.is_empty() || name == "root" || name.bytes().all(|byte| byte == b'0')
}

fn nonroot(_: &Context<'_>, image: &Image) -> Known<Verdict> {
    let user = &image.detail()?.user;
    Ok(if is_root(user) {
        Verdict::fail(
            if user.is_empty() { "no user" } else { user },
            "a user other than root",
        )
    } else {
        Verdict::pass(user)
    })
}

fn secrets(_: &Context<'_>, image: &Image) -> Known<Verdict> {
    let declared = image
        .detail()
        .map(|detail| look(detail.env.iter().chain(&detail.labels)));
    let built = image
        .history()
        .map(|steps| look(steps.iter().flat_map(|step| &step.secrets)));
    all([declared, built])
}

/// The verdict on values by what they looked like when they were read.
fn look<'a>(values: impl Iterator<Item = &'a Hidden>) -> Verdict {
    let (mut proven, mut suspected) = (Vec::new(), Vec::new());
    for value in values {
        match value.looks {
            Looks::Secret => proven.push(value.name.as_str()),
            Looks::NameOnly => suspected.push(value.name.as_str()),
            Looks::Harmless => {}
        }
    }
    if !proven.is_empty() {
        Verdict::fail(facts::joined(&proven), "no secret in the image")
    } else if suspected.is_empty() {
        Verdict::pass("none found")
    } else {
        Verdict::manual(format!("named like secrets: {}", facts::joined(&suspected)))
    }
}

/// Whether words of a command start an SSH server.
pub(in crate::controls) fn starts_sshd(words: &[String]) -> bool {
    words
        .iter()
        .flat_map(|word| word.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|')))
        .any(|word| matches!(word.rsplit('/').next(), Some("sshd" | "dropbear")))
}

fn sshd(_: &Context<'_>, image: &Image) -> Known<Verdict> {
    let expected = "no SSH server";
    let declared = image.detail().map(|detail: &ImageDetail| {
        if starts_sshd(&detail.command) {
            Verdict::fail("its command starts an SSH server", expected)
        } else if detail
            .exposed_ports
            .iter()
            .any(|port| port == "22/tcp" || port == "22")
        {
            Verdict::fail("exposes 22/tcp", expected)
        } else {
            Verdict::pass("none started")
        }
    });
    let built = image.history().map(|steps| {
        let installs = steps.iter().any(|step| {
            let text = step.created_by.as_str();
            let packages = ["openssh-server", "dropbear"]
                .iter()
                .any(|package| text.contains(package));
            packages
                && ["install", "apk add", "-S "]
                    .iter()
                    .any(|verb| text.contains(verb))
        });
        if installs {
            Verdict::fail("a build step installs an SSH server", expected)
        } else {
            Verdict::pass("none installed")
        }
    });
    all([declared, built])
}

fn exposed(_: &Context<'_>, image: &Image) -> Known<Verdict> {
    let ports = &image.detail()?.exposed_ports;
    let bad: Vec<_> = ports
        .iter()
        .filter(|port| matches!(port.split('/').next(), Some("21" | "22" | "23" | "2375")))
        .collect();
    Ok(if !bad.is_empty() {
        Verdict::fail(facts::joined(&bad), "no port for remote access")
    } else if ports.len() > 10 {
        Verdict::fail(format!("{} ports", ports.len()), "at most ten")
    } else if ports.is_empty() {
        Verdict::pass("none")
    } else {
        Verdict::pass(facts::joined(ports))
    })
}

fn platform(ctx: &Context<'_>, image: &Image) -> Known<Verdict> {
    let usual = |name: &str| match name {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        "armv7l" | "armv6l" => "arm".to_owned(),
        "i686" | "i386" => "386".to_owned(),
        other => other.to_owned(),
    };
    let (image, host) = (&image.detail()?.architecture, &ctx.info()?.architecture);
    if image.is_empty() || host.is_empty() {
        return Err(Gap::no_data("the engine does not tell both architectures"));
    }
    Ok(if usual(image) == usual(host) {
        Verdict::pass(image)
    } else {
        Verdict::fail(format!("{image} on {host}"), "the host's own architecture")
    })
}

#[cfg(test)]
mod tests {
    use super::{is_root, starts_sshd};

    #[test]
    fn root_has_many_spellings() {
        for root in ["", "0", "root", "0:0", "root:root", "0:1000", ":1000", "00"] {
            assert!(is_root(root), "{root}");
        }
        for other in ["1000", "app", "1000:0", "rooty"] {
            assert!(!is_root(other), "{other}");
        }
    }

    #[test]
    fn only_the_server_counts() {
        assert!(starts_sshd(&["/usr/sbin/sshd".into(), "-D".into()]));
        assert!(starts_sshd(&[
            "sh".into(),
            "-c".into(),
            "service x start; /usr/sbin/sshd -D".into()
        ]));
        assert!(!starts_sshd(&["ssh".into(), "host".into()]));
    }
}
