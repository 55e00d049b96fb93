//! An agent: one connection for each SSH session, because an agent binds it to the session.

use std::path::Path;

use russh::keys::agent::client::AgentClient;
use russh::keys::agent::{AgentIdentity, AgentSessionBinding};
use russh::keys::{Certificate, PublicKey};
use tokio::net::UnixStream;

/// What became of the agent in one login.
pub(super) enum Agent {
    NotAsked,
    Here(Box<Holding>),
    Absent,
}

/// An agent that answered.
pub(super) struct Holding {
    pub(super) client: AgentClient<UnixStream>,
    pub(super) identities: Vec<AgentIdentity>,
}

impl Holding {
    /// Connects to the agent at `path`; an error says in words why there is none.
    pub(super) async fn connect(
        path: &Path,
        binding: Option<&AgentSessionBinding>,
    ) -> Result<Self, String> {
        let shown = path.display();
        let mut client = AgentClient::connect_uds(path)
            .await
            .map_err(|error| format!("the agent at {shown} was not asked: {error}"))?;
        if let Some(binding) = binding
            && let Err(error) = client.bind_session(binding, false).await
            && !matches!(error, russh::keys::Error::AgentFailure)
        {
            // Agents that do not know the extension say so and work all the same; anything else is no agent.
            return Err(format!("the agent at {shown} broke off: {error}"));
        }
        let identities = client
            .request_identities()
            .await
            .map_err(|error| format!("the agent at {shown} does not list its keys: {error}"))?;
        Ok(Self { client, identities })
    }

    /// The identity of the bare `key`.
    pub(super) fn find(&self, key: &PublicKey) -> Option<AgentIdentity> {
        let bare = |identity: &&AgentIdentity| match identity {
            AgentIdentity::PublicKey { key: held, .. } => held.key_data() == key.key_data(),
            AgentIdentity::Certificate { .. } => false,
        };
        self.identities.iter().find(bare).cloned()
    }

    /// The certificates it holds for `key`, as `ssh-add` loads them beside it.
    pub(super) fn certificates(&self, key: &PublicKey) -> Vec<Certificate> {
        let of_key = |identity: &AgentIdentity| match identity {
            AgentIdentity::Certificate { certificate, .. }
                if certificate.public_key() == key.key_data() =>
            {
                Some(certificate.clone())
            }
            _ => None,
        };
        self.identities.iter().filter_map(of_key).collect()
    }
}
