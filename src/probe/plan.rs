//! What round two asks for.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::evidence::host::Audit;
use crate::domain::evidence::sockets;
use crate::domain::place::Place;

use super::Needs;
use super::discovery::Found;
use super::leads::Leads;
use super::round_one::RoundOne;
use super::{mounts, path};

/// Most paths that are asked for, and most bytes of the request.
const MOST_PATHS: usize = 4000;
const MOST_BYTES: usize = 256 * 1024;

/// Paths whose file systems are of interest, besides the data root.
const FILE_SYSTEMS: &[&str] = &["/", "/var", "/var/lib/containerd"];

/// The client's configuration below a home folder.
const CLIENT_CONFIG: &str = ".docker/config.json";

/// What is asked for, and under which names the answers are wanted.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Tidy path by the text under which a rule will look for it; `None` where it cannot be asked for.
    pub(super) wanted: BTreeMap<String, Option<Vec<u8>>>,
    /// Everything to look at: what is wanted, then all folders above.
    pub(super) look: Vec<Vec<u8>>,
    /// Folders to look below.
    pub(super) trees: Vec<&'static str>,
    pub(super) space: BTreeMap<String, Vec<u8>>,
    pub(super) pids: Vec<i64>,
    /// Folders of layers by the text under which a rule will look for them.
    pub(super) layers: BTreeMap<String, Vec<u8>>,
    /// The daemon's data root.
    root: Option<Vec<u8>>,
    deep: bool,
}

impl Plan {
    /// What `needs` asks of the host that round one found.
    pub(super) fn new(one: &RoundOne, needs: &Needs, leads: &Leads) -> Self {
        let mut plan = Self {
            pids: one.pids.clone().unwrap_or_default(),
            deep: needs.deep,
            ..Self::default()
        };
        let Ok(found) = &one.found else {
            return plan;
        };
        let discovery = &found.discovery;
        for place in &needs.places {
            if let Place::Below(folder, _) | Place::Folders(folder) = place {
                plan.trees.push(folder);
                plan.want(found, folder);
            }
            for path in discovery.resolve(*place) {
                plan.want(found, &path);
            }
        }
        plan.trees.sort_unstable();
        plan.trees.dedup();
        // Sockets are always told of: they say why the engine may have refused.
        for path in discovery.engine_sockets.iter().chain(&needs.sockets) {
            plan.want(found, path);
        }
        if let Ok(reader) = &one.reader {
            for path in sockets::usual(reader.login_uid) {
                plan.want(found, &path);
            }
        }
        // Whether a watched path is a folder decides what its watch covers.
        if let Ok(Audit {
            rules: Ok(rules), ..
        }) = &one.audit
        {
            for rule in rules.iter().take(200) {
                plan.want(found, &rule.path);
            }
        }
        plan.root = path::tidy(found.bytes(&discovery.data_root));
        let mounts = one.mounts.as_deref().unwrap_or_default();
        let homes = discovery.homes.values().map(String::as_str);
        let beside: Vec<String> = homes
            .filter(|home| *home != "/")
            .map(|home| format!("{}/{CLIENT_CONFIG}", home.trim_end_matches('/')))
            .collect();
        for path in leads.paths.iter().chain(&beside) {
            // A file system over the network may be gone, and whoever looks there then waits for ever.
            if path::tidy(path.as_bytes()).is_some_and(|tidy| !mounts::is_remote(mounts, &tidy)) {
                plan.want(found, path);
            } else {
                plan.wanted.insert(path.clone(), None);
            }
        }
        for layer in leads.looked_into() {
            if let Some(tidy) = path::tidy(layer.as_bytes()) {
                plan.layers.insert(layer.clone(), tidy);
            }
        }
        let data_root = std::iter::once(discovery.data_root.as_str());
        for text in FILE_SYSTEMS.iter().copied().chain(data_root) {
            if let Some(tidy) = path::tidy(found.bytes(text)) {
                plan.want(found, text);
                plan.space.insert(text.to_owned(), tidy);
            }
        }
        plan.choose();
        plan
    }

    fn want(&mut self, found: &Found, text: &str) {
        self.wanted
            .insert(text.to_owned(), path::tidy(found.bytes(text)));
    }

    /// Puts what is wanted and every folder above it into the list, as far as it goes.
    fn choose(&mut self) {
        let wanted: BTreeSet<_> = self.wanted.values().flatten().cloned().collect();
        let above: BTreeSet<_> = wanted
            .iter()
            .flat_map(|path| path::parents(path))
            .filter(|path| !wanted.contains(path))
            .collect();
        let mut left = MOST_BYTES / 2;
        for path in wanted.into_iter().chain(above) {
            let cost = path.len() * 5 + 5;
            if self.look.len() < MOST_PATHS && cost <= left {
                left -= cost;
                self.look.push(path);
            }
        }
    }

    /// The lines that are sent.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut line = |word: &str, paths: &mut dyn Iterator<Item = &[u8]>| {
            let mut paths = paths.peekable();
            if paths.peek().is_some() {
                out.extend_from_slice(word.as_bytes());
                out.push(b' ');
                paths.for_each(|path| path::escape(path, &mut out));
                out.push(b'\n');
            }
        };
        line("look", &mut self.look.iter().map(Vec::as_slice));
        line(
            "tree",
            &mut self.trees.iter().map(|folder| folder.as_bytes()),
        );
        line("layers", &mut self.layers.values().map(Vec::as_slice));
        line("root", &mut self.root.iter().map(Vec::as_slice));
        line("space", &mut self.space.values().map(Vec::as_slice));
        if !self.pids.is_empty() {
            let pids: Vec<_> = self.pids.iter().map(i64::to_string).collect();
            out.extend_from_slice(format!("pids {}\n", pids.join(" ")).as_bytes());
        }
        if self.deep {
            out.extend_from_slice(b"deep yes\n");
        }
        out.extend_from_slice(b"go\n");
        out
    }
}
