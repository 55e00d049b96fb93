//! Host certificates: whether an authority on file vouches for a server, now, under the name it is reached by.

use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Algorithm, Certificate, HashAlg, PublicKey};

use super::known_hosts::{self, Verdict, fingerprint};
use super::trust::Check;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::pattern::glob;

/// Kinds of keys whose certificates are asked for where an authority is on file.
pub(super) fn kinds() -> Vec<Algorithm> {
    use russh::keys::EcdsaCurve::{NistP256, NistP384, NistP521};
    vec![
        Algorithm::Ed25519,
        Algorithm::Ecdsa { curve: NistP256 },
        Algorithm::Ecdsa { curve: NistP384 },
        Algorithm::Ecdsa { curve: NistP521 },
        Algorithm::Rsa {
            hash: Some(HashAlg::Sha512),
        },
        Algorithm::Rsa {
            hash: Some(HashAlg::Sha256),
        },
    ]
}

impl Check {
    /// Accepts the certificate or says why not. One of an authority that is not on file is worth what its bare key is.
    pub(super) async fn decide_certificate(
        &self,
        certificate: &Certificate,
    ) -> Result<(), Failure> {
        let key = PublicKey::new(certificate.public_key().clone(), "");
        let authority = PublicKey::new(certificate.signature_key().clone(), "");
        for involved in [&key, &authority] {
            if let revoked @ Verdict::Revoked(_) =
                known_hosts::verdict(&self.files, &self.host, self.port, involved)
            {
                return self.judge(involved, revoked);
            }
        }
        if !known_hosts::vouches(&self.files, &self.host, self.port, &authority) {
            return self.decide(&key).await;
        }
        match wrong(certificate, &self.host, &authority) {
            None => Ok(()),
            Some(why) => Err(Failure::new(
                FailureClass::HostkeyUnknown,
                Stage::Hostkey,
                format!(
                    "the host certificate of {} by {} is refused: {why}",
                    known_hosts::lookup_name(&self.host, self.port),
                    fingerprint(&authority)
                ),
                "sign the host's key anew (ssh-keygen -s CA -h -n NAMES), with every name it is reached by",
            )),
        }
    }
}

/// What is wrong with a certificate whose authority is trusted.
fn wrong(certificate: &Certificate, host: &str, authority: &PublicKey) -> Option<String> {
    if certificate.cert_type() != CertType::Host {
        return Some("it is for users, not for hosts".to_owned());
    }
    if matches!(
        certificate.signature().algorithm(),
        Algorithm::Rsa { hash: None } | Algorithm::Dsa
    ) {
        return Some("it is signed with SHA-1, which is broken".to_owned());
    }
    if certificate.critical_options().iter().next().is_some() {
        return Some("it has conditions that this program does not know".to_owned());
    }
    let host = host.to_ascii_lowercase();
    let names = certificate.valid_principals();
    if !names
        .iter()
        .any(|name| glob(&name.to_ascii_lowercase(), &host))
    {
        let names = crate::domain::text::clean(&names.join(", "));
        return Some(format!("it is for other names ({names})"));
    }
    // Compares the clock of this machine, too.
    let trusted = authority.fingerprint(HashAlg::Sha256);
    certificate
        .validate([&trusted])
        .err()
        .map(|_invalid| "it is not valid at this time, or its signature is not right".to_owned())
}
