//! Where an engine is, as a text: `ssh://user@host:port/socket`, `tcp://host:port`, `unix:///path`, and the
//! `user@host:port` of a jump.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use super::values::{Wrong, check_user};
use super::words::did_you_mean;

/// Docker's port for TLS.
const TLS_PORT: u16 = 2376;
/// Docker's port for plain HTTP.
const PLAIN_PORT: u16 = 2375;

/// An endpoint as written, before settings are added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Ssh {
        server: Server,
        socket: Option<String>,
    },
    Tcp {
        host: String,
        port: Option<u16>,
    },
    Unix {
        path: PathBuf,
    },
}

/// `user@host:port`, each but the host optional.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) user: Option<String>,
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

/// The port of a TCP endpoint that names none.
pub(super) fn tcp_port(tls: bool) -> u16 {
    if tls { TLS_PORT } else { PLAIN_PORT }
}

/// Reads an endpoint.
pub(super) fn address(text: &str) -> Result<Address, Wrong> {
    let forms = "`ssh://user@host:port/socket`, `tcp://host:port` or `unix:///path`";
    let Some((scheme, rest)) = text.split_once("://") else {
        let bare = text.split_once(':').map_or(text, |(head, _)| head);
        let hint = match bare {
            "ssh" | "tcp" | "unix" => format!("write {forms}"),
            _ if text.starts_with('/') => format!("write `unix://{text}`"),
            _ if server(text).is_ok() => format!("write `ssh://{text}`"),
            _ => format!("write {forms}"),
        };
        return Err(Wrong::new("an endpoint needs a scheme").hint(hint));
    };
    match scheme {
        "ssh" => {
            let (authority, socket) = match rest.find('/') {
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            };
            let socket = match socket {
                "" | "/" => None,
                path => Some(socket_path(path)?),
            };
            Ok(Address::Ssh {
                server: server(authority)?,
                socket,
            })
        }
        "tcp" => {
            let rest = rest.strip_suffix('/').unwrap_or(rest);
            if rest.contains(['/', '?', '#']) {
                return Err(
                    Wrong::new("a tcp endpoint has no path").hint("write `tcp://host:port`")
                );
            }
            let server = server(rest)?;
            if server.user.is_some() {
                return Err(
                    Wrong::new("a tcp endpoint has no user").hint("write `tcp://host:port`")
                );
            }
            Ok(Address::Tcp {
                host: server.host,
                port: server.port,
            })
        }
        "unix" => Ok(Address::Unix {
            path: socket_path(rest)?.into(),
        }),
        "http" | "https" => {
            Err(Wrong::new(format!("unknown scheme `{scheme}`")).hint("write `tcp://host:port`"))
        }
        other => Err(Wrong {
            message: format!("unknown scheme `{other}`"),
            hint: did_you_mean(other, ["ssh", "tcp", "unix"])
                .or_else(|| Some(format!("write {forms}"))),
        }),
    }
}

fn socket_path(text: &str) -> Result<String, Wrong> {
    if !text.starts_with('/') {
        return Err(Wrong::new("the path of a socket must be absolute")
            .hint("such as `unix:///run/docker.sock`"));
    }
    if text.ends_with('/') || text.split('/').any(|part| part == "..") {
        return Err(Wrong::new(format!("`{text}` is no path of a socket")));
    }
    Ok(text.to_owned())
}

/// Reads `user@host:port`. An IPv6 address stands in brackets.
pub(super) fn server(text: &str) -> Result<Server, Wrong> {
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, text),
    };
    if let Some(user) = user {
        if user.contains(':') {
            return Err(Wrong::new("a password in an address")
                .hint("use a key: passwords are never read from an inventory"));
        }
        check_user(user)?;
    }
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let Some((inside, after)) = rest.split_once(']') else {
                return Err(Wrong::new("`[` without `]`"));
            };
            check_ipv6(inside)?;
            match (after, after.strip_prefix(':')) {
                ("", _) => (inside, None),
                (_, Some(port)) => (inside, Some(port)),
                _ => return Err(Wrong::new(format!("`{after}` after `]`"))),
            }
        }
        None if place.matches(':').count() > 1 => {
            return Err(Wrong::new(format!("`{place}` has more than one `:`"))
                .hint("write an IPv6 address in brackets: `[::1]:22`"));
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    check_host(host)?;
    Ok(Server {
        user: user.map(ToOwned::to_owned),
        host: host.to_owned(),
        port: port.map(self::port).transpose()?,
    })
}

fn port(text: &str) -> Result<u16, Wrong> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(port),
        // What stands here may be a piece of a password, so it is not repeated.
        _ => Err(Wrong::new("bad port").hint("a number from 1 to 65535")),
    }
}

fn check_ipv6(text: &str) -> Result<(), Wrong> {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let zone_is_plain = !zone.is_empty()
        && zone
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if address.parse::<Ipv6Addr>().is_err() || !zone_is_plain {
        return Err(Wrong::new(format!("`{text}` is no IPv6 address")));
    }
    Ok(())
}

fn check_host(host: &str) -> Result<(), Wrong> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    if host.is_empty() {
        return Err(Wrong::new("the host is missing"));
    }
    let address = host.contains(':');
    if host.starts_with('-') || !(address || host.chars().all(plain)) {
        return Err(Wrong::new(format!("`{host}` is no host name")));
    }
    Ok(())
}
