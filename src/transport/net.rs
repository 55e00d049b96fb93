//! Names and TCP: what SSH and TLS endpoints share before either begins to speak.
//!
//! Knows deadlines and the causes that an operator tells apart (no such name, refused, no way, silence); knows no
//! protocol.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::domain::failure::{Failure, FailureClass, Stage};

/// Time given to one address before the next one is tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// The moment by which a host must have answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    budget: Duration,
}

impl Deadline {
    /// `budget` from now.
    pub(super) fn after(budget: Duration) -> Self {
        Self {
            at: Instant::now() + budget,
            budget,
        }
    }

    /// What `work` gives, or a timeout at `stage` that says what was waited for.
    pub(super) async fn hold<T>(
        self,
        stage: Stage,
        waited_for: &str,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout_at(self.at, work).await {
            Ok(result) => result,
            Err(_) => Err(self.missed(stage, waited_for)),
        }
    }

    /// The failure of having waited in vain.
    pub(super) fn missed(self, stage: Stage, waited_for: &str) -> Failure {
        Failure::new(
            FailureClass::Timeout,
            stage,
            format!("{waited_for}: no answer within {:?}", self.budget),
            match stage {
                Stage::Name => "check the resolver, or put the address into the inventory",
                Stage::Tcp => {
                    "check the address and the port, and that no firewall on the way drops packets"
                }
                _ => {
                    "look at the load of the host and of the network; connect_timeout gives it more time"
                }
            },
        )
    }

    /// When it is over.
    pub(super) fn at(self) -> Instant {
        self.at
    }
}

/// An endpoint as people write it; addresses of version 6 stand in brackets.
pub(super) fn shown(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Addresses for people, without the port.
pub(super) fn listed(addresses: &[SocketAddr]) -> String {
    let addresses: Vec<String> = addresses.iter().map(|a| a.ip().to_string()).collect();
    addresses.join(", ")
}

/// The addresses of `host`, at least one.
pub(super) async fn resolve(
    host: &str,
    port: u16,
    deadline: Deadline,
) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let looking = async {
        let found = tokio::net::lookup_host((host, port)).await;
        match found {
            Ok(addresses) => {
                let addresses: Vec<_> = addresses.take(MAX_ADDRESSES).collect();
                if addresses.is_empty() {
                    Err(no_address(host))
                } else {
                    Ok(alternate(addresses))
                }
            }
            Err(error) => Err(no_address(host).caused_by(&error)),
        }
    };
    deadline
        .hold(Stage::Name, &format!("looking up {host}"), looking)
        .await
}

fn no_address(host: &str) -> Failure {
    Failure::new(
        FailureClass::Dns,
        Stage::Name,
        format!("no address is known for {host}"),
        "check the spelling and the resolver, or put the address into the inventory",
    )
}

/// The two address families in turn, so that a dead one costs one head start only.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut a, mut b): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut mixed = Vec::with_capacity(a.len() + b.len());
    a.reverse();
    b.reverse();
    while let Some(address) = a.pop() {
        mixed.push(address);
        mixed.extend(b.pop());
    }
    b.reverse();
    mixed.extend(b);
    mixed
}

/// A connection to the first of `addresses` that takes one; `whom` is the endpoint as people know it.
pub(super) async fn connect(
    whom: &str,
    addresses: Vec<SocketAddr>,
    deadline: Deadline,
) -> Result<TcpStream, Failure> {
    let racing = async {
        let mut waiting = addresses.into_iter();
        let mut trying = FuturesUnordered::new();
        let mut worst: Option<io::Error> = None;
        loop {
            if trying.is_empty() {
                match waiting.next() {
                    Some(address) => trying.push(TcpStream::connect(address)),
                    None => break,
                }
            }
            let more = waiting.len() > 0;
            tokio::select! {
                Some(tried) = trying.next() => match tried {
                    Ok(stream) => {
                        // Requests are small and wait for their answers: Nagle only adds delays.
                        return match stream.set_nodelay(true) {
                            Ok(()) => Ok(stream),
                            Err(error) => Err(io_failure(Stage::Tcp, whom, &error)),
                        };
                    }
                    Err(error) => {
                        if worst.as_ref().is_none_or(|old| telling(&error) > telling(old)) {
                            worst = Some(error);
                        }
                        trying.extend(waiting.next().map(TcpStream::connect));
                    }
                },
                () = tokio::time::sleep(HEAD_START), if more => trying.extend(waiting.next().map(TcpStream::connect)),
            }
        }
        Err(match worst {
            Some(error) => io_failure(Stage::Tcp, whom, &error),
            None => no_address(whom),
        })
    };
    deadline
        .hold(Stage::Tcp, &format!("connecting to {whom}"), racing)
        .await
}

/// How much an error says about the host rather than about the way to it.
fn telling(error: &io::Error) -> u8 {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => 3,
        io::ErrorKind::TimedOut => 2,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => 1,
        _ => 0,
    }
}

/// The class, cause and next step of an error of the operating system on the way to `whom`.
pub(super) fn io_failure(stage: Stage, whom: &str, error: &io::Error) -> Failure {
    use FailureClass::{Protocol, Refused, Timeout, Unreachable};
    let (class, message, hint) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (
            Refused,
            format!("{whom} refused the connection"),
            "check that the service runs and listens on this address and port",
        ),
        io::ErrorKind::TimedOut => (
            Timeout,
            format!("{whom} did not answer"),
            "check the address and the port, and that no firewall on the way drops packets",
        ),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => (
            Unreachable,
            format!("there is no way to {whom}"),
            "check the route, the VPN and the jump host",
        ),
        io::ErrorKind::PermissionDenied => (
            Unreachable,
            format!("this machine does not allow connections to {whom}"),
            "look at the firewall of this machine",
        ),
        io::ErrorKind::AddrNotAvailable => (
            Unreachable,
            format!("no local address or port is left for {whom}"),
            "lower --jobs, or look at the network of this machine",
        ),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => (
            Protocol,
            format!("{whom} closed the connection"),
            "look into the log of the service on that host",
        ),
        _ => (
            Unreachable,
            format!("the connection to {whom} failed"),
            "see the cause; it comes from the operating system of this machine",
        ),
    };
    Failure::new(class, stage, message, hint).caused_by(error)
}
