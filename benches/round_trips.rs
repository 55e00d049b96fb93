//! Round trips to a complete read of a host with fifty containers, engine and both rounds of the probe: the slope of time
//! against the delay of a relay in front of real servers of the lab.
//!
//! `PLIMSOLL_LAB_HOSTS="clean-26 no-forward" tests/lab/with-lab cargo bench --bench round_trips`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program for engineers, which stops at the first surprise and tells what it measured"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use plimsoll::access::link::Link;
use plimsoll::collect::{Order, host};
use plimsoll::domain::host::Mode;
use plimsoll::inventory::spec::{Endpoint, HostSpec, SshTarget, TlsFiles};
use plimsoll::redact::Redactor;
use plimsoll::transport::{Dial as _, Dialer, SshEnvironment};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Containers on each host.
const CONTAINERS: usize = 50;
/// Round-trip times of the relay in milliseconds; the run without any stands beside the slope and is no part of it.
const DELAYS: [u64; 4] = [25, 50, 100, 200];
/// Reads at each delay, of which the fastest counts: everything else is work of this machine.
const READS: usize = 3;

/// A way to an engine, and the most round trips that it may take.
struct Way {
    name: &'static str,
    host: &'static str,
    port: u16,
    most: f64,
}

const WAYS: [Way; 3] = [
    Way {
        name: "SSH, forwarded socket",
        host: "clean-26",
        port: 22,
        most: 10.0,
    },
    Way {
        name: "SSH, dial-stdio",
        host: "no-forward",
        port: 22,
        most: 12.0,
    },
    Way {
        name: "TLS",
        host: "clean-26",
        port: 2376,
        most: 5.0,
    },
];

/// The lab that `with-lab` has made.
struct Lab {
    state: PathBuf,
    scripts: PathBuf,
}

impl Lab {
    fn address(&self, host: &str) -> String {
        let table = fs::read_to_string(self.scripts.join("hosts.tsv")).unwrap();
        let line = table
            .lines()
            .find(|line| line.split_whitespace().next() == Some(host))
            .unwrap();
        let mut words = line.split_whitespace();
        words
            .find(|word| word.parse::<std::net::Ipv4Addr>().is_ok())
            .unwrap()
            .to_owned()
    }

    fn key(&self, path: &str) -> PathBuf {
        self.state.join("keys").join(path)
    }

    /// Fills the host up to the number of containers.
    fn fill(&self, host: &str) {
        let script = format!(
            "image=$(docker images --format '{{{{.ID}}}}' | tail -1); n=$(docker ps -aq | wc -l)
             while [ $n -lt {CONTAINERS} ]; do
                 docker run -d --name bench-$n --network none --entrypoint /bin/sleep $image 86400 >/dev/null || exit 1
                 n=$((n + 1))
             done"
        );
        let run = self.state.file_name().unwrap();
        let done = Command::new(self.scripts.join("in-host"))
            .env("PLIMSOLL_LAB_RUN", run)
            .args([host, "sh", "-c", &script])
            .status()
            .unwrap();
        assert!(done.success(), "{host} has not got its containers");
    }

    fn spec(&self, way: &Way, address: &str, port: u16) -> HostSpec {
        let local = "127.0.0.1".to_owned();
        if way.port == 22 {
            let target = SshTarget {
                host: local,
                port,
                user: Some("root".to_owned()),
                identity_files: vec![self.key("ssh/id_ed25519")],
                identities_only: true,
                known_hosts: vec![self.key("ssh/known_hosts")],
                host_key_alias: Some(address.to_owned()),
                ..SshTarget::default()
            };
            let endpoint = Endpoint::Ssh {
                target,
                socket: None,
            };
            return HostSpec::new(way.name, endpoint);
        }
        HostSpec {
            tls: Some(TlsFiles {
                ca: Some(self.key("tls/ca.pem")),
                cert: Some(self.key("tls/cert.pem")),
                key: Some(self.key("tls/key.pem")),
                ..TlsFiles::default()
            }),
            ..HostSpec::new(way.name, Endpoint::Tcp { host: local, port })
        }
    }
}

/// Carries bytes to `address` and back, each `delay` after it came; the port it listens on.
async fn relay(address: String, delay: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let address = address.clone();
            tokio::spawn(async move {
                let far = TcpStream::connect(address).await.unwrap();
                for stream in [&near, &far] {
                    stream.set_nodelay(true).unwrap();
                }
                let (near_out, near_in) = near.into_split();
                let (far_out, far_in) = far.into_split();
                tokio::join!(
                    carry(near_out, far_in, delay),
                    carry(far_out, near_in, delay)
                );
            });
        }
    });
    port
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: Duration) {
    let (send, mut due) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async move {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let bytes = buffer.get(..count).unwrap_or_default().to_vec();
            if send.send((Instant::now() + delay, bytes)).is_err() {
                break;
            }
        }
    };
    let writing = async move {
        while let Some((when, bytes)) = due.recv().await {
            sleep_until(when).await;
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        // The other side may have gone first.
        let _gone = to.shutdown().await;
    };
    tokio::join!(reading, writing);
}

/// How long a whole read takes.
async fn read(spec: &HostSpec) -> Duration {
    let environment = SshEnvironment {
        user: "root".to_owned(),
        ..SshEnvironment::default()
    };
    let dialer = Dialer::new(environment, Arc::default());
    let began = Instant::now();
    let connection = dialer.dial(spec, &|_| ()).await.unwrap();
    let link = Link::read_only(Arc::from(connection));
    let order = Order {
        transport: spec.header.transport,
        needs: &plimsoll::app::run::needs(),
        redactor: &Redactor::new([7; 32]),
        sudo: spec.sudo,
        read_only: spec.header.mode == Mode::Audit,
        deadline: Instant::now() + Duration::from_mins(2),
        cancel: &CancellationToken::new(),
        clock: &plimsoll::app::environment::now,
        progress: &|_, _, _| (),
    };
    let collected = host(&link, &order).await;
    let took = began.elapsed();
    link.close().await;
    let containers = collected.evidence.engine.containers.as_ref().unwrap();
    assert!(containers.len() >= CONTAINERS, "{}", containers.len());
    took
}

/// The fastest of some reads through a relay.
async fn fastest(lab: &Lab, way: &Way, round_trip: u64) -> f64 {
    let address = lab.address(way.host);
    let delay = Duration::from_micros(round_trip * 500);
    let port = relay(format!("{address}:{}", way.port), delay).await;
    let spec = lab.spec(way, &address, port);
    let mut fastest = f64::INFINITY;
    for _ in 0..READS {
        fastest = fastest.min(read(&spec).await.as_secs_f64() * 1000.0);
    }
    fastest
}

/// Slope and intercept of the line nearest to `points`.
fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let mut sums = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in points {
        sums = (
            sums.0 + 1.0,
            sums.1 + x,
            sums.2 + y,
            sums.3 + x * x,
            sums.4 + x * y,
        );
    }
    let (n, x, y, xx, xy) = sums;
    let slope = (n * xy - x * y) / (n * xx - x * x);
    (slope, (y - slope * x) / n)
}

#[tokio::main]
async fn main() {
    // `cargo test --benches` starts every benchmark too.
    let Some(state) = std::env::var_os("PLIMSOLL_LAB_STATE") else {
        eprintln!("left out: needs a lab (see the top of benches/round_trips.rs)");
        return;
    };
    let lab = Lab {
        state: state.into(),
        scripts: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab"),
    };
    println!(
        "{CONTAINERS} containers; milliseconds, the fastest of {READS}; TCP's own round trip is added to the slope\n"
    );
    println!("| way | 0 | 25 | 50 | 100 | 200 | round trips | at most | intercept |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut filled: Vec<&str> = Vec::new();
    for way in &WAYS {
        if !filled.contains(&way.host) {
            lab.fill(way.host);
            filled.push(way.host);
        }
        let none = fastest(&lab, way, 0).await;
        let mut points = Vec::new();
        for delay in DELAYS {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            points.push((delay as f64, fastest(&lab, way, delay).await));
        }
        let (slope, intercept) = line(&points);
        let times: Vec<String> = points
            .iter()
            .map(|(_, time)| format!("{time:.0}"))
            .collect();
        println!(
            "| {} | {none:.0} | {} | {:.1} | {} | {intercept:.0} |",
            way.name,
            times.join(" | "),
            slope + 1.0,
            way.most
        );
    }
}
