//! The simulated fleet as a process of its own, so that what the client costs is measured alone: any number of SSH
//! hosts on 127.1.0.0/16, behind one port.

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use plimsoll::simulate::demo::RECORDINGS;
use plimsoll::simulate::recording::Recording;
use russh::keys::{Algorithm, PrivateKey, ssh_key::LineEnding};
use tokio::net::{TcpListener, TcpStream};

use super::Failure;
use super::delay;
use super::host::{self, Host, Tally};

/// Hosts in one row of addresses: 127.1.X.1 to 127.1.X.250.
const IN_A_ROW: usize = 250;
/// What every host plays.
const RECORDING: &str = "clean-26";

/// A fleet to be simulated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fleet {
    /// Hosts; a multiple of [`IN_A_ROW`] above it.
    pub(crate) hosts: usize,
    /// Containers on each.
    pub(crate) containers: usize,
    /// One round trip.
    pub(crate) round_trip: Duration,
}

/// Serves `fleet` until standard input ends; its inventory and keys are in `folder` once `ready` was printed.
pub(crate) fn serve(fleet: Fleet, folder: &Path) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
        let key = prepare(fleet, folder, listener.local_addr()?.port())?;
        let (_, text) = RECORDINGS
            .iter()
            .find(|(name, _)| *name == RECORDING)
            .ok_or("the recording is gone")?;
        let recording = Arc::new(Recording::parse(text)?.with_containers(fleet.containers));
        let tally = Arc::new(Tally::new());
        let config = Arc::new(host::config(key));
        let serving = Arc::clone(&tally);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let host = Host::new(Arc::clone(&recording), Arc::clone(&serving));
                tokio::spawn(connection(
                    stream,
                    Arc::clone(&config),
                    host,
                    fleet.round_trip,
                ));
            }
        });
        say("ready")?;
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
        say(&tally.line())
    })
}

fn say(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// One connection. The kernel has made it already, which over a long way would have taken a round trip.
async fn connection(
    stream: TcpStream,
    config: Arc<russh::server::Config>,
    host: Host,
    round_trip: Duration,
) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    tokio::time::sleep(round_trip).await;
    let stream = delay::far(stream, round_trip / 2);
    if let Ok(session) = russh::server::run_stream(config, stream, host).await {
        // How it ends is the client's affair.
        let _ended = session.await;
    }
}

/// Writes inventory, client key and known hosts; returns the key of all hosts.
fn prepare(fleet: Fleet, folder: &Path, port: u16) -> Result<PrivateKey, Failure> {
    let mut random = russh::keys::key::safe_rng();
    let server = PrivateKey::random(&mut random, Algorithm::Ed25519)?;
    let client = PrivateKey::random(&mut random, Algorithm::Ed25519)?;
    let private = folder.join("id");
    fs::write(&private, client.to_openssh(LineEnding::LF)?.as_bytes())?;
    fs::set_permissions(&private, Permissions::from_mode(0o600))?;
    let known = folder.join("known_hosts");
    let public = server.public_key().to_openssh()?;
    fs::write(&known, format!("[127.1.*]:{port} {public}\n"))?;
    let names = if fleet.hosts <= IN_A_ROW {
        format!("127.1.0.[1-{}]", fleet.hosts)
    } else {
        format!(
            "127.1.[0-{}].[1-{IN_A_ROW}]",
            fleet.hosts.div_ceil(IN_A_ROW) - 1
        )
    };
    let inventory = format!(
        "version = 1\n[defaults]\nuser = \"bench\"\nendpoint = \"ssh://{{name}}:{port}\"\nidentity_file = \"{}\"\n\
         known_hosts = \"{}\"\nsudo = \"auto\"\n[[hosts]]\nname = \"{names}\"\n",
        private.display(),
        known.display(),
    );
    fs::write(folder.join("inventory.toml"), inventory)?;
    Ok(server)
}
