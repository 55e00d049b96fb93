//! Small questions that many rules ask of the evidence.

use std::collections::BTreeMap;

use crate::domain::context::Context;
use crate::domain::evidence::container::{Container, Detail, Owner};
use crate::domain::evidence::host::{DaemonProcess, Discovery, ProcessStatus, Setting};
use crate::domain::evidence::image::Image;
use crate::domain::gap::{AsKnown as _, Gap, Known};
use crate::domain::outcome::Verdict;
use crate::domain::version::Version;

/// The effective daemon setting `key`: `None` where neither the command line nor the file sets it.
///
/// The running command line is looked at first. A file that cannot be read or understood is a gap: nobody knows what
/// it would have set.
pub fn setting<'a>(ctx: &Context<'a>, key: &str) -> Known<Option<&'a Setting>> {
    let found = ctx.found()?;
    daemon(found)?;
    if let Some(value) = found.flags.values.get(key) {
        return Ok(Some(value));
    }
    Ok(config(found)?.and_then(|values| values.get(key)))
}

/// The running daemon; without it nobody knows which options it was given.
pub fn daemon(found: &Discovery) -> Known<&DaemonProcess> {
    match (&found.daemon, &found.daemon_gap) {
        (Some(daemon), _) => Ok(daemon),
        (None, Some(gap)) => Err(gap.clone()),
        (None, None) => Err(Gap::no_data("no running dockerd was found on the host")),
    }
}

/// The settings of the configuration file: `None` where there is no file.
pub fn config(found: &Discovery) -> Known<Option<&BTreeMap<String, Setting>>> {
    if let Some(gap) = &found.config_gap {
        return Err(gap.clone());
    }
    match &found.config {
        None => Ok(None),
        Some(settings) => match &settings.invalid {
            Some(why) => Err(Gap::no_data(format!(
                "{} cannot be understood: {why}",
                found.config_path
            ))),
            None => Ok(Some(&settings.values)),
        },
    }
}

/// The effective switch `key`: `None` where it is not set.
pub fn switch(ctx: &Context<'_>, key: &str) -> Known<Option<bool>> {
    match setting(ctx, key)? {
        None => Ok(None),
        Some(Setting::Bool(on)) => Ok(Some(*on)),
        Some(Setting::Text(text)) if matches!(text.as_str(), "true" | "1") => Ok(Some(true)),
        Some(Setting::Text(text)) if matches!(text.as_str(), "false" | "0") => Ok(Some(false)),
        Some(_) => Err(odd(key)),
    }
}

/// The effective word `key`: `None` where it is not set or empty.
pub fn word(ctx: &Context<'_>, key: &str) -> Known<Option<String>> {
    match setting(ctx, key)? {
        None => Ok(None),
        Some(Setting::Text(text)) if text.is_empty() => Ok(None),
        Some(Setting::Text(text)) => Ok(Some(text.clone())),
        Some(Setting::Int(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(odd(key)),
    }
}

/// The effective list `key`; empty where it is not set.
pub fn list(ctx: &Context<'_>, key: &str) -> Known<Vec<String>> {
    match setting(ctx, key)? {
        None => Ok(Vec::new()),
        Some(Setting::List(list)) => Ok(list.clone()),
        Some(Setting::Text(text)) => Ok(vec![text.clone()]),
        Some(_) => Err(odd(key)),
    }
}

/// The pair `name` of the effective map `key`: `None` where the map or the pair is not set.
pub fn pair(ctx: &Context<'_>, key: &str, name: &str) -> Known<Option<String>> {
    match setting(ctx, key)? {
        None => Ok(None),
        Some(Setting::Map(map)) => Ok(map.get(name).cloned()),
        Some(Setting::List(list)) => Ok(list
            .iter()
            .find_map(|item| item.split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| value.to_owned())),
        Some(_) => Err(odd(key)),
    }
}

fn odd(key: &str) -> Gap {
    Gap::no_data(format!("the daemon setting {key} has an unexpected kind"))
}

/// What the kernel says of a running container's main process.
pub fn process<'a>(ctx: &Context<'a>, detail: &Detail) -> Known<&'a ProcessStatus> {
    ctx.found()?;
    if detail.pid <= 0 {
        return Err(Gap::no_data("the container has no process"));
    }
    match ctx.host().processes.get(&detail.pid) {
        Some(status) => status.known(),
        None => Err(Gap::no_data(format!("process {} was not read", detail.pid))),
    }
}

/// The containers of the host.
pub fn containers<'a>(ctx: &Context<'a>) -> Known<&'a Vec<Container>> {
    ctx.evidence.engine.containers.known()
}

/// The images of the host.
pub fn images<'a>(ctx: &Context<'a>) -> Known<&'a Vec<Image>> {
    ctx.evidence.engine.images.known()
}

/// The engine's version, compared by number.
pub fn engine_version(ctx: &Context<'_>) -> Known<Version> {
    let text = &ctx.version()?.engine;
    Version::parse(text)
        .ok_or_else(|| Gap::no_data(format!("the engine's version {text:?} cannot be compared")))
}

/// Runs `judge` where swarm mode is on and this node is a manager; elsewhere the question does not arise.
pub fn on_manager(ctx: &Context<'_>, judge: impl FnOnce() -> Known<Verdict>) -> Known<Verdict> {
    let info = ctx.info()?;
    match info.swarm_state.as_str() {
        "active" | "locked" if info.swarm_manager => judge(),
        "active" | "locked" => Ok(Verdict::not_applicable("a worker: the managers are asked")),
        _ => Ok(Verdict::not_applicable("swarm mode is off")),
    }
}

/// The image that a container runs, if the list has it.
pub fn image_of<'a>(ctx: &Context<'a>, container: &Container) -> Known<Option<&'a Image>> {
    Ok(images(ctx)?
        .iter()
        .find(|image| is_same(&image.id, &container.image_id)))
}

/// The container of this id, shortened id or name.
pub fn named<'a>(ctx: &Context<'a>, name: &str) -> Known<Option<&'a Container>> {
    let name = name.trim_start_matches('/');
    Ok(containers(ctx)?.iter().find(|known| {
        known.id == name || known.name == name || (name.len() >= 12 && known.id.starts_with(name))
    }))
}

/// What a container belongs to: its compose project or its swarm service.
pub fn project(container: &Container) -> Option<String> {
    match &container.owner {
        Owner::Compose { project, .. } => Some(format!("project {project}")),
        Owner::Swarm { service } => Some(format!("service {service}")),
        Owner::Nobody => None,
    }
}

/// The newest attestation for the control `id`, which may be at most `most` days old. Without one nobody knows.
pub fn attested(ctx: &Context<'_>, id: &str, most: i64) -> Known<Verdict> {
    let newest = ctx
        .attestations
        .iter()
        .filter(|attestation| attestation.control == id)
        .max_by_key(|attestation| attestation.day)
        .ok_or_else(|| Gap::no_data("nobody has attested it"))?;
    let days = (ctx.now().div_euclid(86_400) - newest.day).max(0);
    let observed = format!("attested by {} for {}", newest.by, newest.date);
    Ok(if days > most {
        Verdict::fail(
            format!("{observed}, {days} days ago"),
            format!("at most {most} days ago"),
        )
    } else {
        Verdict::pass(observed)
    })
}

/// Whether two ids of images are one; some engines leave the `sha256:` out.
pub fn is_same(one: &str, other: &str) -> bool {
    one.trim_start_matches("sha256:") == other.trim_start_matches("sha256:")
}

/// `items` as one line.
pub fn joined<T: AsRef<str>>(items: &[T]) -> String {
    items
        .iter()
        .map(AsRef::as_ref)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The registry and repository of an image reference, without tag and digest; a bare name is Docker Hub's library.
pub fn repository(reference: &str) -> String {
    let name = reference.split('@').next().map_or(reference, |name| name);
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    match name.split_once('/') {
        None => format!("docker.io/library/{name}"),
        Some((registry, _)) if registry.contains(['.', ':']) || registry == "localhost" => {
            name.to_owned()
        }
        Some(_) => format!("docker.io/{name}"),
    }
}

/// Whether `path` is `folder` or lies below it.
pub fn is_within(path: &str, folder: &str) -> bool {
    folder == "/"
        || path == folder
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// `path` without `.`, `..`, doubled and trailing slashes, `/var/run` read as `/run`; links are not followed.
pub fn tidy_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let tidy = format!("/{}", parts.join("/"));
    match tidy.strip_prefix("/var/run") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("/run{rest}"),
        _ => tidy,
    }
}

/// Whether an address on which something listens or is published means every address of the host.
pub fn is_wildcard(address: &str) -> bool {
    matches!(
        address.trim_start_matches('[').trim_end_matches(']'),
        "" | "0.0.0.0" | "::" | "*" | "::0"
    )
}

/// Whether an address or name can be reached from this host alone.
pub fn is_loopback(address: &str) -> bool {
    let address = address.trim_start_matches('[').trim_end_matches(']');
    address == "localhost"
        || address == "::1"
        || matches!(address.parse::<std::net::Ipv4Addr>(), Ok(ip) if ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, is_within, repository, tidy_path};

    #[test]
    fn references_are_read_as_the_engine_reads_them() {
        assert_eq!(repository("nginx"), "docker.io/library/nginx");
        assert_eq!(repository("shop/web:2.8"), "docker.io/shop/web");
        assert_eq!(repository("localhost:5000/web"), "localhost:5000/web");
        assert_eq!(
            repository("r.example.net:443/a/b:1@sha256:aa"),
            "r.example.net:443/a/b"
        );
    }

    #[test]
    fn paths_are_tidied_before_they_are_compared() {
        assert_eq!(
            tidy_path("/etc/../var/run//docker.sock"),
            "/run/docker.sock"
        );
        assert_eq!(tidy_path("//"), "/");
        assert_eq!(tidy_path("/var/runner"), "/var/runner");
        assert!(
            is_within("/etc/ssl", "/etc")
                && !is_within("/etcetera", "/etc")
                && is_within("/etc", "/")
        );
    }

    #[test]
    fn loopback_is_an_address_not_a_prefix_of_text() {
        assert!(is_loopback("127.0.0.53") && is_loopback("[::1]") && is_loopback("localhost"));
        assert!(!is_loopback("127.0.0.1.example.net") && !is_loopback("10.0.0.1"));
    }
}
