//! An SSH server on a port of this machine that does what a test tells it to, and tells what was done to it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plimsoll::inventory::spec::SshTarget;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{PrivateKey, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handle, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
};
use russh::{
    Channel, ChannelId, ChannelMsg, ChannelOpenFailure, ChannelStream, Disconnect, MethodKind,
    MethodSet,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::{in_time, target};

/// A key that is the same in every run.
pub(crate) fn key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

/// `key` as a file in `folder`.
pub(crate) fn key_file(folder: &Path, name: &str, key: &PrivateKey) -> PathBuf {
    let path = folder.join(name);
    let text = key
        .to_openssh(russh::keys::ssh_key::LineEnding::LF)
        .unwrap();
    std::fs::write(&path, text.as_bytes()).unwrap();
    path
}

/// A known_hosts file in `folder` with these keys for the server at `port`.
pub(crate) fn known_hosts(folder: &Path, port: u16, keys: &[&PublicKey]) -> PathBuf {
    let path = folder.join(format!("known_hosts_{port}"));
    let lines: Vec<String> = keys
        .iter()
        .map(|key| format!("[127.0.0.1]:{port} {}\n", key.to_openssh().unwrap()))
        .collect();
    std::fs::write(&path, lines.concat()).unwrap();
    path
}

/// What a command does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
    pub(crate) status: u32,
    /// Answers HTTP requests on its standard streams instead.
    pub(crate) relays: bool,
    /// Gives its input back as output.
    pub(crate) echoes: bool,
}

/// What the server does.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) host_keys: Vec<PrivateKey>,
    pub(crate) users_keys: Vec<PublicKey>,
    pub(crate) max_tries: usize,
    /// What is asked for after an accepted key.
    pub(crate) second_factor: Option<MethodKind>,
    pub(crate) methods: MethodSet,
    /// Sockets behind which an engine answers.
    pub(crate) sockets: Vec<String>,
    pub(crate) commands: HashMap<String, Script>,
    pub(crate) forwards: bool,
    pub(crate) runs: bool,
    /// Opens channels towards the client once it is in.
    pub(crate) intrudes: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            host_keys: vec![key(1)],
            users_keys: vec![key(2).public_key().clone()],
            max_tries: 6,
            second_factor: None,
            methods: MethodSet::from([MethodKind::PublicKey].as_slice()),
            sockets: vec!["/var/run/docker.sock".to_owned()],
            commands: HashMap::new(),
            forwards: true,
            runs: true,
            intrudes: false,
        }
    }
}

/// What happened at the server, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Connected,
    Offered { user: String, algorithm: String },
    LoggedIn,
    Socket(String),
    Tunnel(String, u16),
    Command(String),
    ChannelClosed,
    Intruded { accepted: bool },
    Gone,
}

/// A running server.
pub(crate) struct SshHost {
    pub(crate) port: u16,
    pub(crate) plan: Arc<Plan>,
    pub(crate) folder: tempfile::TempDir,
    seen: watch::Receiver<Vec<Seen>>,
    handles: Arc<Mutex<Vec<Handle>>>,
}

impl SshHost {
    /// Starts a server that acts by `plan`.
    pub(crate) async fn start(plan: Plan) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let plan = Arc::new(plan);
        let (tell, mut told) = mpsc::unbounded_channel();
        let (publish, seen) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Some(event) = told.recv().await {
                publish.send_modify(|all: &mut Vec<Seen>| all.push(event));
            }
        });
        let config = Arc::new(Config {
            auth_rejection_time: Duration::ZERO,
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: plan.host_keys.clone(),
            max_auth_attempts: plan.max_tries,
            methods: plan.methods.clone(),
            nodelay: true,
            ..Config::default()
        });
        let handles = Arc::new(Mutex::new(Vec::new()));
        let (served, kept) = (Arc::clone(&plan), Arc::clone(&handles));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tell.send(Seen::Connected).unwrap();
                let visit = Visit {
                    plan: Arc::clone(&served),
                    tell: tell.clone(),
                    handles: Arc::clone(&kept),
                    open: Arc::default(),
                    waiting: HashMap::new(),
                };
                let config = Arc::clone(&config);
                let tell = tell.clone();
                tokio::spawn(async move {
                    if let Ok(session) = russh::server::run_stream(config, stream, visit).await
                        && let Err(error) = session.await
                    {
                        // How a visit ended is told by what was seen of it.
                        println!("visit ended: {error}");
                    }
                    if tell.send(Seen::Gone).is_err() {
                        println!("the test is over");
                    }
                });
            }
        });
        Self {
            port,
            plan,
            folder: tempfile::tempdir().unwrap(),
            seen,
            handles,
        }
    }

    /// This server, its key on file, the right user key named.
    pub(crate) fn target(&self) -> SshTarget {
        let keys: Vec<&PublicKey> = self
            .plan
            .host_keys
            .iter()
            .map(PrivateKey::public_key)
            .collect();
        SshTarget {
            identity_files: vec![key_file(self.folder.path(), "id", &key(2))],
            known_hosts: vec![known_hosts(self.folder.path(), self.port, &keys)],
            ..target(self.port)
        }
    }

    /// All that has happened up to now.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    /// How often something like this has happened up to now.
    pub(crate) fn count(&self, like: impl Fn(&Seen) -> bool) -> usize {
        self.seen.borrow().iter().filter(|seen| like(seen)).count()
    }

    /// Waits until this has happened so many times.
    pub(crate) async fn until(&self, times: usize, event: &Seen) {
        let mut seen = self.seen.clone();
        let waiting =
            seen.wait_for(|all| all.iter().filter(|seen| *seen == event).count() >= times);
        in_time(waiting).await.unwrap();
    }

    /// Ends every connection with these words.
    pub(crate) async fn disconnect(&self, words: &str) {
        let handles = self.handles.lock().unwrap().clone();
        for handle in handles {
            let said = handle
                .disconnect(Disconnect::ByApplication, words.to_owned(), String::new())
                .await;
            assert!(said.is_ok(), "the connection is gone already");
        }
    }
}

/// One connection.
struct Visit {
    plan: Arc<Plan>,
    tell: mpsc::UnboundedSender<Seen>,
    handles: Arc<Mutex<Vec<Handle>>>,
    open: Arc<AtomicUsize>,
    /// Session channels that have not been given a command yet.
    waiting: HashMap<ChannelId, Channel<Msg>>,
}

impl Visit {
    fn saw(&self, event: Seen) {
        self.tell.send(event).unwrap();
    }
}

impl russh::server::Handler for Visit {
    type Error = russh::Error;

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        self.saw(Seen::Offered {
            user: user.to_owned(),
            algorithm: offer.algorithm.as_str().to_owned(),
        });
        let known = self
            .plan
            .users_keys
            .iter()
            .any(|key| key.key_data() == offer.public_key.key_data());
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(
        &mut self,
        _user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        let known = self
            .plan
            .users_keys
            .iter()
            .any(|known| known.key_data() == key.public_key.key_data());
        Ok(match self.plan.second_factor {
            _ if !known => Auth::reject(),
            Some(method) => Auth::Reject {
                proceed_with_methods: Some(MethodSet::from([method].as_slice())),
                partial_success: true,
            },
            None => Auth::Accept,
        })
    }

    async fn auth_succeeded(&mut self, session: &mut Session) -> Result<(), Self::Error> {
        self.saw(Seen::LoggedIn);
        let handle = session.handle();
        self.handles.lock().unwrap().push(handle.clone());
        if self.plan.intrudes {
            let tell = self.tell.clone();
            tokio::spawn(async move {
                let tries = [
                    handle.channel_open_session().await.is_ok(),
                    handle.channel_open_agent().await.is_ok(),
                    handle.channel_open_x11("127.0.0.1", 1).await.is_ok(),
                    handle
                        .channel_open_forwarded_tcpip("127.0.0.1", 1, "127.0.0.1", 2)
                        .await
                        .is_ok(),
                    handle
                        .channel_open_forwarded_streamlocal("/x")
                        .await
                        .is_ok(),
                    handle
                        .channel_open_direct_tcpip("127.0.0.1", 22, "127.0.0.1", 2)
                        .await
                        .is_ok(),
                    handle.channel_open_direct_streamlocal("/x").await.is_ok(),
                ];
                for accepted in tries {
                    tell.send(Seen::Intruded { accepted }).unwrap();
                }
            });
        }
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        // As sshd does by default.
        if self.open.fetch_add(1, Ordering::SeqCst) >= 10 {
            reply.reject(ChannelOpenFailure::ConnectFailed).await;
        } else {
            reply.accept().await;
            self.waiting.insert(channel.id(), channel);
        }
        Ok(())
    }

    async fn channel_close(
        &mut self,
        channel: ChannelId,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.waiting.remove(&channel).is_some() {
            self.open.fetch_sub(1, Ordering::SeqCst);
        }
        self.saw(Seen::ChannelClosed);
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let words = String::from_utf8(data.to_vec()).unwrap();
        self.saw(Seen::Command(words.clone()));
        if !self.plan.runs {
            session.channel_failure(channel)?;
            return Ok(());
        }
        session.channel_success(channel)?;
        let script = self
            .plan
            .commands
            .get(&words)
            .cloned()
            .unwrap_or_else(|| Script {
                err: format!("sh: 1: {words}: not found\n").into_bytes(),
                status: 127,
                ..Script::default()
            });
        let Some(channel_itself) = self.waiting.remove(&channel) else {
            panic!("a command on no channel");
        };
        if script.relays {
            tokio::spawn(answer(channel_itself.into_stream()));
        } else if script.echoes {
            let open = Arc::clone(&self.open);
            tokio::spawn(echo(channel_itself, session.handle(), script, open));
        } else {
            session.data(channel, script.out)?;
            session.extended_data(channel, 1, script.err)?;
            session.eof(channel)?;
            session.exit_status_request(channel, script.status)?;
            session.close(channel)?;
            self.open.fetch_sub(1, Ordering::SeqCst);
        }
        Ok(())
    }

    async fn channel_open_direct_streamlocal(
        &mut self,
        channel: Channel<Msg>,
        socket_path: &str,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.saw(Seen::Socket(socket_path.to_owned()));
        if self.plan.sockets.iter().any(|path| path == socket_path) {
            reply.accept().await;
            tokio::spawn(answer(channel.into_stream()));
        } else {
            reply.reject(ChannelOpenFailure::ConnectFailed).await;
        }
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _originator_address: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let port = u16::try_from(port).unwrap();
        self.saw(Seen::Tunnel(host.to_owned(), port));
        if !self.plan.forwards {
            reply
                .reject(ChannelOpenFailure::AdministrativelyProhibited)
                .await;
            return Ok(());
        }
        match TcpStream::connect((host, port)).await {
            Ok(mut far) => {
                reply.accept().await;
                tokio::spawn(async move {
                    let mut near = channel.into_stream();
                    if let Err(error) = tokio::io::copy_bidirectional(&mut near, &mut far).await {
                        println!("tunnel ended: {error}");
                    }
                });
            }
            Err(_) => reply.reject(ChannelOpenFailure::ConnectFailed).await,
        }
        Ok(())
    }
}

/// An engine that says OK to every request.
async fn answer(mut stream: ChannelStream<Msg>) {
    let mut asked = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut asked).await {
        while let Some(end) = asked.windows(4).position(|window| window == b"\r\n\r\n") {
            asked.drain(..end + 4);
            let said = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
            if stream.write_all(said).await.is_err() {
                return;
            }
        }
    }
}

/// Gives all of the input back, then ends as the script says.
async fn echo(mut channel: Channel<Msg>, handle: Handle, script: Script, open: Arc<AtomicUsize>) {
    let id = channel.id();
    let mut input = Vec::new();
    let ended = loop {
        match channel.wait().await {
            Some(ChannelMsg::Data { data }) => input.extend_from_slice(&data),
            Some(ChannelMsg::Eof) => break true,
            Some(ChannelMsg::Close) | None => break false,
            Some(_) => {}
        }
    };
    open.fetch_sub(1, Ordering::SeqCst);
    if ended {
        let said = handle.data(id, input).await.is_ok()
            && handle.extended_data(id, 1, script.err).await.is_ok()
            && handle.eof(id).await.is_ok()
            && handle.exit_status_request(id, script.status).await.is_ok()
            && handle.close(id).await.is_ok();
        assert!(said, "the client left before it was answered");
    }
}
