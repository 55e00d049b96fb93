//! What the engine names on the host: paths and layers that the probe's second round looks at.

use std::collections::BTreeSet;

/// Most layers that are looked into.
const MOST_LAYERS: usize = 400;

/// Paths that the engine named. They come from a stranger: they are asked about, never followed blindly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leads {
    /// Files and folders whose owner and mode matter: bind sources, logs, files of compose projects.
    pub paths: BTreeSet<String>,
    /// Folders that hold layers of images in use.
    pub layers: BTreeSet<String>,
}

impl Leads {
    /// The layers that are looked into.
    pub(super) fn looked_into(&self) -> impl Iterator<Item = &String> {
        self.layers.iter().take(MOST_LAYERS)
    }
}
