//! TCP endpoints of the engine: TLS with the given authorities and certificate only, or plain where the inventory
//! says `insecure`.
//!
//! The system's certificate authorities are asked only where the inventory says so: any of them could vouch for the
//! engine. Every stream is a connection of its own; TLS sessions are resumed among them.

mod material;
mod stream;
mod trouble;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub(super) use self::stream::classify;
use self::stream::{Explained, Kind};
use super::head::Head;
use super::net::{self, Deadline};
use super::{ByteStream, Connection, Process, RemoteCommand, Task, Watch};
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::inventory::spec::HostSpec;

/// Streams to the engine at once.
const STREAMS: usize = 8;

/// An engine behind a TCP port.
pub(super) struct TcpEngine {
    host: String,
    whom: String,
    /// The address that answered first; the others are not asked again.
    address: SocketAddr,
    tls: Option<Secure>,
    patience: Duration,
    /// The connection made while dialling, until somebody takes it.
    first: Mutex<Option<ByteStream>>,
    peer_key: Option<String>,
    opened: AtomicU32,
}

#[derive(Clone)]
struct Secure {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    /// The same name for people.
    shown: String,
}

impl TcpEngine {
    /// Connects, and with TLS proves both sides to each other.
    pub(super) async fn dial(
        spec: &HostSpec,
        host: &str,
        port: u16,
        watch: &dyn Watch,
    ) -> Result<Self, Failure> {
        let patience = spec.connect_timeout;
        let deadline = Deadline::after(patience);
        let tls = match &spec.tls {
            Some(files) => {
                let shown = files.server_name.clone().unwrap_or_else(|| host.to_owned());
                Some(Secure {
                    name: server_name(&shown)?,
                    config: material::load(files.clone()).await?,
                    shown,
                })
            }
            None => None,
        };
        watch.entered(Stage::Name);
        let addresses = net::resolve(host, port, deadline).await?;
        watch.noted(Stage::Name, &net::listed(&addresses));
        watch.entered(Stage::Tcp);
        let whom = net::shown(host, port);
        let tcp = net::connect(&whom, addresses, deadline).await?;
        let address = tcp
            .peer_addr()
            .map_err(|error| net::io_failure(Stage::Tcp, &whom, &error))?;
        let mut engine = Self {
            host: host.to_owned(),
            whom,
            address,
            tls,
            patience,
            first: Mutex::new(None),
            peer_key: None,
            opened: AtomicU32::new(0),
        };
        if engine.tls.is_some() {
            watch.entered(Stage::Tls);
        }
        let (stream, peer_key) = engine.secure(tcp, deadline).await?;
        engine.first = Mutex::new(Some(stream));
        engine.peer_key = peer_key;
        Ok(engine)
    }

    /// Brings a fresh TCP connection to where requests may be sent.
    async fn secure(
        &self,
        tcp: TcpStream,
        deadline: Deadline,
    ) -> Result<(ByteStream, Option<String>), Failure> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let Some(tls) = &self.tls else {
            let stream = Explained::new(tcp, Kind::Plain, self.whom.clone(), self.host.clone());
            return Ok((Box::new(stream), None));
        };
        let head = Head::default();
        let tcp = Overheard {
            tcp,
            head: head.clone(),
            listening: true,
        };
        let greeting = async {
            TlsConnector::from(Arc::clone(&tls.config))
                .connect(tls.name.clone(), tcp)
                .await
                .map_err(|error| trouble::handshake(&self.whom, &tls.shown, &error, &head.bytes()))
        };
        let mut stream = deadline
            .hold(
                Stage::Tls,
                &format!("the TLS handshake with {}", self.whom),
                greeting,
            )
            .await?;
        let (tcp, session) = stream.get_mut();
        tcp.listening = false;
        let peer_key = session
            .peer_certificates()
            .and_then(|chain| chain.first())
            .map(|certificate| fingerprint(certificate));
        let stream = Explained::new(stream, Kind::Tls, self.whom.clone(), tls.shown.clone());
        Ok((Box::new(stream), peer_key))
    }

    async fn open(&self) -> Result<ByteStream, Failure> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(stream) = first {
            return Ok(stream);
        }
        let deadline = Deadline::after(self.patience);
        let tcp = net::connect(&self.whom, vec![self.address], deadline).await?;
        let (stream, peer_key) = self.secure(tcp, deadline).await?;
        if peer_key.is_some() && peer_key != self.peer_key {
            return Err(Failure::new(
                FailureClass::TlsCa,
                Stage::Tls,
                format!("{} showed another certificate than a moment ago", self.whom),
                "several engines may share this address: give each an entry of its own in the inventory",
            ));
        }
        Ok(stream)
    }
}

fn server_name(name: &str) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(name.to_owned()).map_err(|error| {
        Failure::new(
            FailureClass::TlsName,
            Stage::Tls,
            format!("{name} is no name that a certificate can hold"),
            "set tls.server_name in the inventory to a DNS name or an address",
        )
        .caused_by(&error)
    })
}

/// The fingerprint as `openssl x509 -fingerprint -sha256` prints it.
fn fingerprint(certificate: &[u8]) -> String {
    let digest = Sha256::digest(certificate);
    let bytes: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("SHA256:{}", bytes.join(":"))
}

impl Connection for TcpEngine {
    fn open_engine(&self) -> Task<'_, Result<ByteStream, Failure>> {
        Box::pin(self.open())
    }

    fn run(&self, _command: RemoteCommand) -> Option<Task<'_, Result<Process, Failure>>> {
        None
    }

    fn commands(&self) -> Vec<RemoteCommand> {
        Vec::new()
    }

    fn peer_key(&self) -> Option<String> {
        self.peer_key.clone()
    }

    fn engine_route(&self) -> String {
        match &self.tls {
            Some(_) => format!("TLS {}", self.whom),
            None => format!("plain HTTP {}", self.whom),
        }
    }

    fn engine_streams(&self) -> usize {
        STREAMS
    }

    fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }

    fn close(&self) -> Task<'_, ()> {
        // Streams end with their owners; only the one that nobody took is ours.
        drop(
            self.first
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        Box::pin(async {})
    }
}

/// A TCP connection whose first bytes are kept during the handshake.
struct Overheard {
    tcp: TcpStream,
    head: Head,
    listening: bool,
}

impl AsyncRead for Overheard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.tcp).poll_read(cx, buf);
        if self.listening
            && let Some(new) = buf.filled().get(before..)
        {
            self.listening = self.head.add(new);
        }
        polled
    }
}

impl AsyncWrite for Overheard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
