//! What `ssh_config` says about the selected hosts: its files opened, and the `ssh` program asked where there is one.
//!
//! The program is started directly, never through a shell, a few at a time, with a bound on time and output. Hosts that the
//! same lines apply to are asked about once.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use globset::GlobBuilder;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::environment::{self, Environment};
use super::error::Error;
use super::run;
use crate::inventory::spec::HostSpec;
use crate::inventory::ssh::{self, Query, Reply, UsualFiles};
use crate::sshconfig::{self, Config, Facts, Settings, Source, VariableOf};

/// The configuration of the machine.
const GLOBAL: &str = "/etc/ssh/ssh_config";

/// Largest file that is read.
const LARGEST: u64 = 4 << 20;

/// Most files that one line may include.
const MOST_FILES: usize = 1000;

/// Time for one answer of `ssh -G`, which may run commands of the configuration (`Match exec`).
const PATIENCE: Duration = Duration::from_secs(10);

/// Most bytes of an answer.
const LONGEST: u64 = 256 << 10;

/// Programs at once.
const AT_ONCE: usize = 8;

/// Rounds of asking: each may name jumps that are asked about in the next.
const ROUNDS: usize = 10;

/// The configuration that is in force.
#[derive(Debug, Clone, Default)]
pub struct SshConfig {
    config: Config,
    /// The file named instead of the usual ones.
    file: Option<PathBuf>,
}

impl SshConfig {
    /// Reads the usual files, or `named` instead of them; `none` reads none.
    pub fn read(named: Option<&Path>, environment: &Environment) -> Result<Self, Error> {
        let mut config = Config::default();
        let home = environment.home.as_deref();
        match named {
            Some(path) if path == Path::new("none") => {}
            Some(path) => {
                let text = text(path).map_err(|e| {
                    Error::usage(format!("cannot read {}", path.display()))
                        .hint("name another file with --ssh-config; none reads none")
                        .source(e)
                })?;
                let folder = home.map(|home| home.join(".ssh")).unwrap_or_default();
                config.add(path, &text, &folder, home, &Files);
            }
            None => {
                let own = home.map(|home| (home.join(".ssh/config"), home.join(".ssh")));
                let global = (PathBuf::from(GLOBAL), PathBuf::from("/etc/ssh"));
                for (path, folder) in own.into_iter().chain([global]) {
                    // What cannot be read is the business of ssh, which complains of it for each host.
                    if let Ok(text) = text(&path) {
                        config.add(&path, &text, &folder, home, &Files);
                    }
                }
            }
        }
        Ok(Self {
            config,
            file: named.map(Path::to_path_buf),
        })
    }

    /// The files as read.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Fills what `hosts` leave open.
    pub fn fill(
        &self,
        hosts: &mut [&mut HostSpec],
        environment: &Environment,
    ) -> Result<(), Error> {
        if self.config.is_empty() {
            return Ok(());
        }
        let usual = UsualFiles {
            user: run::own_known_hosts(environment),
            global: run::global_known_hosts(),
        };
        let mut replies: BTreeMap<Query, Reply> = BTreeMap::new();
        for _ in 0..ROUNDS {
            let mut missing: Vec<Query> = Vec::new();
            for host in hosts.iter_mut() {
                missing.extend(ssh::fill(host, &usual, &|query| {
                    replies.get(query).cloned()
                }));
            }
            missing.sort();
            missing.dedup();
            if missing.is_empty() {
                return Ok(());
            }
            replies.extend(self.ask(missing, environment)?);
        }
        Ok(())
    }

    /// Answers `queries`; those that the same lines apply to by one program.
    fn ask(
        &self,
        queries: Vec<Query>,
        environment: &Environment,
    ) -> Result<Vec<(Query, Reply)>, Error> {
        let mut alike: BTreeMap<_, Vec<Query>> = BTreeMap::new();
        for query in queries {
            // Whoever names a user or a port, and whoever more than a `Host` line decides about, stands alone.
            let alone = query.user.is_some() || query.port.is_some();
            let marks = self.config.marks(&query.alias).filter(|_| !alone);
            let own = marks.is_none().then(|| query.clone());
            alike.entry((marks, own)).or_default().push(query);
        }
        let answers = run::runtime()?.block_on(async {
            stream::iter(alike.into_values())
                .map(|queries| self.answer(queries, environment))
                .buffer_unordered(AT_ONCE)
                .collect::<Vec<_>>()
                .await
        });
        Ok(answers.into_iter().flatten().collect())
    }

    async fn answer(&self, queries: Vec<Query>, environment: &Environment) -> Vec<(Query, Reply)> {
        let Some(first) = queries.first() else {
            return Vec::new();
        };
        let dump = self.program(first).await.map(|dump| dump.map(Arc::new));
        queries
            .iter()
            .map(|query| {
                let reply = match &dump {
                    Some(Ok(dump)) => {
                        settings(dump, query, environment).map(|mut settings| {
                            // What the program printed for the first of them is its own name.
                            let own = settings.hostname.as_deref() == Some(first.alias.as_str());
                            settings.hostname = settings.hostname.filter(|_| !own);
                            settings
                        })
                    }
                    Some(Err(why)) => Err(why.clone()),
                    None => settings(&self.config, query, environment),
                };
                (query.clone(), reply)
            })
            .collect()
    }

    /// What `ssh -G` prints; nothing where there is no such program.
    async fn program(&self, query: &Query) -> Option<Result<Config, String>> {
        // A name that looks like an option never gets this far; `--` would end the options all the same.
        let mut command = Command::new("ssh");
        command.arg("-G");
        if let Some(file) = &self.file {
            command.arg("-F").arg(file);
        }
        if let Some(user) = &query.user {
            command.arg("-l").arg(user);
        }
        if let Some(port) = query.port {
            command.arg("-p").arg(port.to_string());
        }
        command.arg("--").arg(&query.alias);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return None,
            Err(e) => return Some(Err(format!("ssh -G cannot be started: {e}"))),
        };
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let asking = async {
            let mut printed = String::new();
            let mut complaint = String::new();
            let (out, err) = (out?, err?);
            let (mut out, mut err) = (out.take(LONGEST), err.take(LONGEST));
            let (read, heard) = tokio::join!(
                out.read_to_string(&mut printed),
                err.read_to_string(&mut complaint)
            );
            let whole = read.ok()? < usize::try_from(LONGEST).unwrap_or(usize::MAX);
            let status = child.wait().await.ok()?;
            heard.ok()?;
            Some(
                match complaint.lines().find(|line| !line.trim().is_empty()) {
                    _ if status.success() && whole => Ok(Config::printed(&printed)),
                    Some(line) => Err(format!("ssh -G says: {}", line.trim())),
                    None => Err("ssh -G gave no answer".to_owned()),
                },
            )
        };
        Some(match timeout(PATIENCE, asking).await {
            Ok(Some(answer)) => answer,
            Ok(None) => Err("ssh -G gave an answer that is no text".to_owned()),
            Err(_) => Err(format!("ssh -G gave no answer within {PATIENCE:?}")),
        })
    }
}

/// What is known of this machine and of nobody else.
pub(super) fn facts(environment: &Environment) -> Facts<'_> {
    Facts {
        alias: "",
        user: None,
        port: None,
        local_user: environment.user.as_deref().unwrap_or_default(),
        home: environment.home.as_ref().and_then(|home| home.to_str()),
        variable: &Variables,
    }
}

fn settings(config: &Config, query: &Query, environment: &Environment) -> Result<Settings, String> {
    let facts = Facts {
        alias: &query.alias,
        user: query.user.as_deref(),
        port: query.port,
        ..facts(environment)
    };
    sshconfig::resolve(config, &facts).map_err(|refusal| refusal.to_string())
}

/// The environment of this process.
#[derive(Debug)]
struct Variables;

impl VariableOf for Variables {
    fn get(&self, name: &str) -> Option<String> {
        environment::var(name)
    }
}

/// The files of this machine.
struct Files;

impl Source for Files {
    fn open(&self, pattern: &Path) -> Result<Vec<(PathBuf, String)>, String> {
        let shown = pattern.to_string_lossy();
        let mut paths = if shown.contains(['*', '?', '[']) {
            matching(pattern)?
        } else {
            vec![pattern.to_path_buf()]
        };
        paths.sort();
        if paths.len() > MOST_FILES {
            return Err(format!("it names more than {MOST_FILES} files"));
        }
        let mut files = Vec::new();
        for path in paths {
            match text(&path) {
                Ok(text) => files.push((path, text)),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(format!("{}: {e}", path.display())),
            }
        }
        Ok(files)
    }
}

/// The files of one folder that match; wildcards may only stand in the last part.
fn matching(pattern: &Path) -> Result<Vec<PathBuf>, String> {
    let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name()) else {
        return Ok(Vec::new());
    };
    if folder.to_string_lossy().contains(['*', '?', '[']) {
        return Err("wildcards in the name of a folder are not understood".to_owned());
    }
    let glob = GlobBuilder::new(&name.to_string_lossy())
        .literal_separator(true)
        .build()
        .map_err(|e| e.to_string())?
        .compile_matcher();
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let hidden = |name: &str| name.starts_with('.');
    Ok(entries
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name();
            glob.is_match(&name) && !hidden(&name.to_string_lossy())
        })
        .map(|entry| entry.path())
        .collect())
}

fn text(path: &Path) -> std::io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other("larger than 4 MiB"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
