//! One image.

use serde::{Deserialize, Serialize};

use super::super::gap::{AsKnown as _, Known};
use super::super::outcome::{Subject, SubjectKind};
use super::secret::Hidden;

/// One image: what the list says, and for images in use the inspect and history or their gaps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// Id with its `sha256:` prefix.
    pub id: String,
    /// Tags, such as `shop/web:2.8`.
    pub tags: Vec<String>,
    /// Repository digests.
    pub digests: Vec<String>,
    /// When it was built or, for some stores, imported: seconds since 1970-01-01 UTC.
    pub created: i64,
    /// Size in bytes.
    pub size: i64,
    /// Names of the containers that use it, running or not.
    pub used_by: Vec<String>,
    /// `GET /images/{id}/json`; read only for images in use.
    pub detail: Known<ImageDetail>,
    /// `GET /images/{id}/history`; read only for images in use.
    pub history: Known<Vec<Step>>,
    /// `GET /images/{id}/attestations`: kinds of the statements attached to it; read only for images in use.
    pub attestations: Known<Vec<String>>,
}

impl Image {
    /// The inspect, or its gap.
    pub fn detail(&self) -> Known<&ImageDetail> {
        self.detail.known()
    }

    /// The build steps, oldest first, or their gap.
    pub fn history(&self) -> Known<&Vec<Step>> {
        self.history.known()
    }

    /// The subject: first tag, else first digest, else id.
    pub fn subject(&self) -> Subject {
        let key = self
            .tags
            .first()
            .or(self.digests.first())
            .unwrap_or(&self.id);
        Subject::new(SubjectKind::Image, key)
    }
}

/// `GET /images/{id}/json`, the parts that rules use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageDetail {
    /// The declared user; empty is root.
    pub user: String,
    /// When it was built, RFC 3339 as the engine wrote it; empty where unknown.
    pub created: String,
    /// Whether a health check is declared and not `NONE`.
    pub healthcheck: bool,
    /// Ports exposed.
    pub exposed_ports: Vec<String>,
    /// Environment by name; values hidden.
    pub env: Vec<Hidden>,
    /// Labels by name; values hidden.
    pub labels: Vec<Hidden>,
    /// Labels with a meaning laid down by the OCI (title, version, source …), with their values.
    pub annotations: Vec<(String, String)>,
    /// Words of entry point and command.
    pub command: Vec<String>,
    /// Working directory.
    pub workdir: String,
    /// Architecture.
    pub architecture: String,
    /// Operating system.
    pub os: String,
    /// Folders on the host that hold its layers, the newest first; empty where the store does not tell.
    pub layers: Vec<String>,
    /// Signatures that the engine itself verified; `None` where it does not tell.
    pub signatures: Option<Vec<Signature>>,
}

/// One signature of an image, as the engine verified it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who signed: the name in the signer's certificate, else what kind of signature it is.
    pub signer: String,
    /// Why it could not be verified, if so.
    pub error: Option<String>,
}

/// One build step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The instruction, secrets replaced by `(hidden)`, cleaned for display.
    pub created_by: String,
    /// Bytes that it added.
    pub size: i64,
    /// Build arguments and variables in it that hold or seem to hold a secret.
    pub secrets: Vec<Hidden>,
}
