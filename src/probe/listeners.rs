//! The section `sockets`: listening TCP sockets, as `ss` or as the kernel lists them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::domain::evidence::host::Listener;
use crate::domain::gap::Known;
use crate::domain::text::clean;

use super::frame::Answer;
use super::path::lines;

/// Every listening TCP socket.
pub(super) fn read(answer: &Answer) -> Known<Vec<Listener>> {
    Ok(bound(answer.whole("sockets", "listening sockets")?))
}

/// Every UDP socket that is not tied to one peer.
pub(super) fn datagrams(answer: &Answer) -> Known<Vec<Listener>> {
    Ok(bound(answer.whole("datagrams", "UDP sockets")?))
}

fn bound(raw: &[u8]) -> Vec<Listener> {
    let mut found: Vec<_> = lines(raw)
        .iter()
        .filter_map(|line| told_by_ss(line).or_else(|| told_by_kernel(line)))
        .collect();
    found.sort_by(|a, b| (a.port, &a.address).cmp(&(b.port, &b.address)));
    found.dedup();
    found
}

/// `LISTEN 0 4096 [::]:2375 [::]:* users:(("dockerd",pid=7,fd=3))`
fn told_by_ss(line: &str) -> Option<Listener> {
    let mut words = line.split_whitespace();
    if !matches!(words.next()?, "LISTEN" | "UNCONN") {
        return None;
    }
    let (address, port) = words.nth(2)?.rsplit_once(':')?;
    let process = line
        .split_once("users:((\"")
        .and_then(|(_, rest)| rest.split_once("\",pid="))
        .map(|(name, _)| clean(name));
    Some(Listener {
        address: clean(address.trim_start_matches('[').trim_end_matches(']')),
        port: port.parse().ok()?,
        process,
    })
}

/// A line of `/proc/net/tcp` or `/proc/net/tcp6`: `0: 0100007F:0CEA 00000000:0000 0A …`
fn told_by_kernel(line: &str) -> Option<Listener> {
    let local = line.split_whitespace().nth(1)?;
    let (address, port) = local.split_once(':')?;
    Some(Listener {
        address: address_of(address)?.to_string(),
        port: u16::from_str_radix(port, 16).ok()?,
        process: None,
    })
}

/// An address as words of 32 bits, each in the byte order of the host; little-endian hosts are assumed.
fn address_of(hex: &str) -> Option<IpAddr> {
    let mut bytes = Vec::new();
    for at in (0..hex.len()).step_by(8) {
        let word = u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?;
        bytes.extend(word.to_le_bytes());
    }
    if let Ok(v4) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(IpAddr::V4(Ipv4Addr::from(v4)));
    }
    <[u8; 16]>::try_from(bytes.as_slice())
        .ok()
        .map(|v6| IpAddr::V6(Ipv6Addr::from(v6)))
}

#[cfg(test)]
mod tests {
    use super::{told_by_kernel, told_by_ss};

    #[test]
    fn ss_names_the_process_where_it_may() {
        let found =
            told_by_ss("LISTEN 0 4096 [::]:2375 [::]:* users:((\"dockerd\",pid=7,fd=3))").unwrap();
        assert_eq!(
            (found.address.as_str(), found.port, found.process.as_deref()),
            ("::", 2375, Some("dockerd"))
        );
        let found = told_by_ss("LISTEN 0 128 127.0.0.53%lo:53 0.0.0.0:*").unwrap();
        assert_eq!(
            (found.address.as_str(), found.port, found.process),
            ("127.0.0.53%lo", 53, None)
        );
    }

    #[test]
    fn the_kernels_own_list_is_decoded() {
        let found = told_by_kernel("   0: 0100007F:0CEA 00000000:0000 0A 0 0").unwrap();
        assert_eq!((found.address.as_str(), found.port), ("127.0.0.1", 3306));
        let found = told_by_kernel("   0: 00000000000000000000000001000000:0947 0:0 0A").unwrap();
        assert_eq!((found.address.as_str(), found.port), ("::1", 2375));
        assert!(told_by_kernel("   0: 01:0947 0:0 0A").is_none());
    }
}
