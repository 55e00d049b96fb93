//! SSH signatures (SSHSIG) of files, by a key from a file or from the agent: what `ssh-keygen -Y verify` reads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::keys::agent::client::AgentClient;
use russh::keys::ssh_key::{LineEnding, SshSig};
use russh::keys::{Algorithm, HashAlg, PublicKey};

use super::keys::{KeyFile, KeyStore};

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum Unsigned {
    /// The file gives no key.
    #[error("{0} gives no key: {1}")]
    NoKey(PathBuf, String),
    /// The key is locked or only its public half is there, and there is no agent.
    #[error("{0} cannot sign by itself, and there is no agent")]
    NoAgent(PathBuf),
    /// The agent did not do it.
    #[error("the agent does not sign with the key {0}")]
    Agent(String, #[source] russh::keys::Error),
    /// The key cannot sign so.
    #[error("this key cannot sign")]
    Key(#[from] russh::keys::ssh_key::Error),
}

/// Why a signature does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Forged {
    /// It is no signature.
    #[error("the signature cannot be read")]
    Unreadable(#[source] russh::keys::ssh_key::Error),
    /// It is not of this text, or for something else.
    #[error("the signature is not of this text")]
    Wrong(#[source] russh::keys::ssh_key::Error),
}

/// A signature, and the key that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The signature as a file.
    pub text: String,
    /// The fingerprint of the key.
    pub key: String,
}

/// Signs `message` for `namespace` with the key in the file `key`. Where that holds only the public half or an
/// encrypted key, the agent at `agent` signs; nobody is asked for a passphrase.
pub async fn sign(
    key: &Path,
    agent: Option<&Path>,
    namespace: &str,
    message: &[u8],
) -> Result<Signed, Unsigned> {
    let found = Arc::new(KeyStore::default()).load(key).await;
    let public = match found {
        Ok(KeyFile::Open(private)) => {
            let signature = SshSig::sign(&*private, namespace, HashAlg::Sha512, message)?;
            return signed(&signature, private.public_key());
        }
        Ok(KeyFile::Public(public) | KeyFile::Locked(Some(public))) => public,
        Ok(KeyFile::Locked(None)) => {
            let said = "it is encrypted, and its public half is not beside it".to_owned();
            return Err(Unsigned::NoKey(key.to_owned(), said));
        }
        Err(no_key) => return Err(Unsigned::NoKey(key.to_owned(), no_key.to_string())),
    };
    let agent = agent.ok_or_else(|| Unsigned::NoAgent(key.to_owned()))?;
    let refused = |e| Unsigned::Agent(fingerprint(&public), e);
    let mut client = AgentClient::connect_uds(agent).await.map_err(refused)?;
    let data = SshSig::signed_data(namespace, HashAlg::Sha512, message)?;
    let rsa = matches!(public.algorithm(), Algorithm::Rsa { .. });
    let hash = rsa.then_some(HashAlg::Sha512);
    let made = client
        .sign_request_signature(&public, hash, &data)
        .await
        .map_err(refused)?;
    let signature = SshSig::new(public.key_data().clone(), namespace, HashAlg::Sha512, made)?;
    // An agent may hold another key under this name: a signature that does not hold is none.
    public.verify(namespace, message, &signature)?;
    signed(&signature, &public)
}

/// Whether `signature` is one of `message` for `namespace`; gives the fingerprint of the key that made it. Whose key that
/// is, somebody else has to know.
pub fn verify(signature: &str, namespace: &str, message: &[u8]) -> Result<String, Forged> {
    let signature = SshSig::from_pem(signature).map_err(Forged::Unreadable)?;
    let public = PublicKey::from(signature.public_key().clone());
    public
        .verify(namespace, message, &signature)
        .map_err(Forged::Wrong)?;
    Ok(fingerprint(&public))
}

/// The fingerprints of the keys in the text of a file of allowed signers or of public keys.
pub fn fingerprints(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.windows(2).find_map(|pair| {
                let key = PublicKey::from_openssh(&pair.join(" ")).ok()?;
                Some(fingerprint(&key))
            })
        })
        .collect()
}

fn signed(signature: &SshSig, public: &PublicKey) -> Result<Signed, Unsigned> {
    Ok(Signed {
        text: signature.to_pem(LineEnding::LF)?,
        key: fingerprint(public),
    })
}

fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}
