//! What TLS says when it fails, turned into failures that tell an operator what to do.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::transport::head::http_status;
use crate::transport::net;

/// Why the handshake with `whom` failed; `head` is what came in first, `name` what the certificate should be for.
pub(super) fn handshake(whom: &str, name: &str, error: &io::Error, head: &[u8]) -> Failure {
    match http_status(head) {
        Some(status @ (403 | 407)) => {
            return Failure::new(
                FailureClass::ProxyBlocked,
                Stage::Tls,
                format!("a proxy in front of {whom} blocks us (HTTP {status})"),
                "allow this endpoint in the proxy, or reach the engine another way",
            );
        }
        Some(_) => {
            return Failure::new(
                FailureClass::Protocol,
                Stage::Tls,
                format!("{whom} answers in plain HTTP, without TLS"),
                "use the port with TLS (2376 as a rule); an engine that anybody may talk to is a finding of its own",
            );
        }
        None => {}
    }
    if head.starts_with(b"SSH-") {
        return Failure::new(
            FailureClass::Protocol,
            Stage::Tls,
            format!("{whom} is an SSH server"),
            "write the endpoint as ssh://, or use the port of the engine",
        );
    }
    match tls_error(error) {
        Some(tls) => explain(whom, name, tls).caused_by(tls),
        None => net::io_failure(Stage::Tls, whom, error),
    }
}

/// The error of the TLS library inside `error`.
pub(super) fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// `error` in words; also for errors that surface after the handshake, as refusals of our certificate do in TLS 1.3.
pub(super) fn explain(whom: &str, name: &str, error: &Error) -> Failure {
    use FailureClass::{Protocol, TlsCa, TlsClientCert};
    let (class, message, hint) = match error {
        Error::InvalidCertificate(bad) => return certificate(whom, name, bad),
        Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired
            | AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError => (
                TlsClientCert,
                format!("{whom} does not accept our certificate ({alert:?})"),
                "check that tls.cert was issued by the authority that the engine was given (tlscacert), for client \
                 authentication, and that it has not expired",
            ),
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure => (
                Protocol,
                format!("{whom} and we have no version or cipher of TLS in common ({alert:?})"),
                "TLS 1.2 and 1.3 are spoken here; update the engine or the proxy in front of it",
            ),
            _ => (
                Protocol,
                format!("{whom} broke off TLS ({alert:?})"),
                "look into the log of the engine",
            ),
        },
        Error::NoCertificatesPresented => (
            TlsCa,
            format!("{whom} shows no certificate"),
            "give the engine tlscert and tlskey",
        ),
        Error::InvalidMessage(_) => (
            Protocol,
            format!("{whom} does not speak TLS"),
            "check the port of the endpoint in the inventory",
        ),
        _ => (
            Protocol,
            format!("TLS with {whom} failed"),
            "see the cause, and look into the log of the engine",
        ),
    };
    Failure::new(class, Stage::Tls, message, hint)
}

fn certificate(whom: &str, name: &str, bad: &CertificateError) -> Failure {
    use FailureClass::{TlsCa, TlsExpired, TlsName};
    let (class, message, hint) = match bad {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            TlsExpired,
            format!("the certificate of {whom} has expired"),
            "issue a new one and restart the engine with it",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            TlsExpired,
            format!("the certificate of {whom} is not valid yet"),
            "compare the clocks of both machines with the dates of the certificate",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            TlsName,
            format!("the certificate of {whom} is not for {name}"),
            "issue one whose subjectAltName holds this name or address, or set tls.server_name to a name it holds",
        ),
        CertificateError::UnknownIssuer => (
            TlsCa,
            format!("the certificate of {whom} was not issued by an authority in tls.ca"),
            "check that tls.ca is the authority of this engine; if it should be, somebody may sit in between",
        ),
        _ => (
            TlsCa,
            format!("the certificate of {whom} is not acceptable"),
            "see the cause; issue a new certificate for the engine",
        ),
    };
    Failure::new(class, Stage::Tls, message, hint)
}
