//! Certificates and keys of a TLS endpoint, read from PEM files when it is dialled.
//!
//! One of the few places that read files. Every fault of a file is found here, by name, because a peer only ever
//! answers a bad one with "bad certificate". Key material never reaches an error.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::inventory::spec::TlsFiles;

/// Largest file that is read.
const MAX_FILE: u64 = 1 << 20;

/// A client that trusts the given authorities only and shows the given certificate.
pub(super) async fn load(files: TlsFiles) -> Result<Arc<ClientConfig>, Failure> {
    match tokio::task::spawn_blocking(move || build(&files)).await {
        Ok(built) => built.map(Arc::new),
        Err(error) => Err(Failure::new(
            FailureClass::Cancelled,
            Stage::Tls,
            "the certificates were not read: the program is ending",
            "run it again",
        )
        .caused_by(&error)),
    }
}

fn build(files: &TlsFiles) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trusting = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            Failure::new(
                FailureClass::Protocol,
                Stage::Tls,
                "this build has no usable version of TLS",
                "report this as a fault",
            )
            .caused_by(&error)
        })?
        .with_root_certificates(roots(files)?);
    let (Some(cert), Some(key_file)) = (&files.cert, &files.key) else {
        return Ok(trusting.with_no_client_auth());
    };
    let chain = certificates(cert, FailureClass::TlsClientCert)?;
    trusting
        .with_client_auth_cert(chain, key(key_file)?)
        .map_err(|error| {
            let what = match &error {
                rustls::Error::InconsistentKeys(_) => {
                    format!("does not belong to the certificate in {}", cert.display())
                }
                _ => "cannot be used".to_owned(),
            };
            trouble(FailureClass::TlsClientCert, key_file, &what).caused_by(&error)
        })
}

/// Whom we trust: what the inventory names, and where it says so what this machine trusts.
fn roots(files: &TlsFiles) -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore::empty();
    if let Some(ca) = &files.ca {
        for authority in certificates(ca, FailureClass::TlsCa)? {
            roots.add(authority).map_err(|error| {
                trouble(
                    FailureClass::TlsCa,
                    ca,
                    "holds a certificate that is none of an authority",
                )
                .caused_by(&error)
            })?;
        }
    }
    if files.system_roots {
        let found = rustls_native_certs::load_native_certs();
        // Machines carry old authorities that the library does not take; those it takes are enough.
        let (taken, _odd) = roots.add_parsable_certificates(found.certs);
        if taken == 0 {
            let failure = Failure::new(
                FailureClass::TlsCa,
                Stage::Tls,
                "this machine trusts no authority that could be read",
                "install ca-certificates, or name the engine's authority with tls.ca",
            );
            return Err(match found.errors.first() {
                Some(error) => failure.caused_by(error),
                None => failure,
            });
        }
    }
    Ok(roots)
}

fn certificates(path: &Path, class: FailureClass) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = read(path, class)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if found.is_empty() => Err(trouble(class, path, "holds no PEM certificate")),
        Ok(found) => Ok(found),
        Err(error) => Err(trouble(class, path, "is damaged").caused_by(&error)),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    const CLASS: FailureClass = FailureClass::TlsClientCert;
    let pem = read(path, CLASS)?;
    match PrivateKeyDer::from_pem_slice(&pem) {
        // The old form of encryption keeps the label of a plain key and says so in a header.
        _ if contains(&pem, b"ENCRYPTED") => Err(trouble(
            CLASS,
            path,
            "is encrypted, and no passphrase is asked for yet",
        )),
        Ok(key) => Ok(key),
        Err(rustls::pki_types::pem::Error::NoItemsFound) => {
            Err(trouble(CLASS, path, "holds no PEM private key"))
        }
        Err(error) => Err(trouble(CLASS, path, "is damaged").caused_by(&error)),
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

fn read(path: &Path, class: FailureClass) -> Result<Vec<u8>, Failure> {
    let reading = || -> io::Result<Vec<u8>> {
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?
            .take(MAX_FILE + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(io::Error::other("larger than 1 MiB"));
        }
        Ok(bytes)
    };
    reading().map_err(|error| {
        let what = if error.kind() == io::ErrorKind::NotFound {
            "does not exist"
        } else {
            "cannot be read"
        };
        trouble(class, path, what).caused_by(&error)
    })
}

fn trouble(class: FailureClass, path: &Path, what: &str) -> Failure {
    Failure::new(
        class,
        Stage::Tls,
        format!("{} {what}", path.display()),
        "correct the path under tls in the inventory, or the file (PEM: ca.pem, cert.pem, key.pem)",
    )
}
