//! Engines behind TCP, and ports that are not what the inventory says.

use plimsoll::domain::failure::{FailureClass, Stage};
use plimsoll::inventory::spec::{SshTarget, TlsFiles};
use plimsoll::transport::classify_io;

use super::{account, connect, in_time, over_ssh, over_tcp, reaches_engine, refused, tls, version};
use crate::harness::{bounded, lab, run};

#[tokio::test]
async fn tls_is_mutual_and_says_what_is_wrong() {
    let Some(lab) = lab() else { return };
    let address = lab.host("tls-only").address.as_str();
    let good = over_tcp(
        address,
        2376,
        Some(tls(lab, "ca.pem", "cert.pem", "key.pem")),
    );
    let connection = connect(&good).await;
    reaches_engine(connection.as_ref()).await;
    reaches_engine(connection.as_ref()).await;
    assert_eq!(connection.opened(), 2);
    let printed = run(bounded("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(lab.tls_file("server-tls-only.pem")));
    let key = connection.peer_key().unwrap().replace("SHA256:", "");
    assert!(
        printed.ok && printed.out.contains(&key),
        "{key}: {}",
        printed.out
    );

    let foreign = tls(lab, "foreign-ca.pem", "cert.pem", "key.pem");
    refused(
        &over_tcp(address, 2376, Some(foreign)),
        FailureClass::TlsCa,
        Stage::Tls,
    )
    .await;
    let named = TlsFiles {
        server_name: Some("other.example".to_owned()),
        ..tls(lab, "ca.pem", "cert.pem", "key.pem")
    };
    refused(
        &over_tcp(address, 2376, Some(named)),
        FailureClass::TlsName,
        Stage::Tls,
    )
    .await;
    for kind in ["expired", "foreign"] {
        let files = tls(
            lab,
            "ca.pem",
            &format!("{kind}-cert.pem"),
            &format!("{kind}-key.pem"),
        );
        let connection = connect(&over_tcp(address, 2376, Some(files))).await;
        let mut stream = in_time(connection.open_engine()).await.unwrap();
        let error = version(&mut stream).await.unwrap_err();
        let failure = classify_io(&error).expect("explained");
        assert_eq!(failure.class, FailureClass::TlsClientCert, "{failure:#?}");
    }
}

#[tokio::test]
async fn wrong_ports_and_wrong_protocols_are_recognised() {
    let Some(lab) = lab() else { return };
    let neglected = lab.host("neglected").address.as_str();
    let files = || Some(tls(lab, "ca.pem", "cert.pem", "key.pem"));
    reaches_engine(connect(&over_tcp(neglected, 2375, None)).await.as_ref()).await;
    let at = |host: &str, port| {
        over_ssh(SshTarget {
            port,
            ..account(lab, host, "root")
        })
    };
    let failure = refused(&at("neglected", 2375), FailureClass::Protocol, Stage::Kex).await;
    assert!(failure.message.contains("HTTP server"), "{failure:#?}");
    refused(&at("neglected", 4), FailureClass::Refused, Stage::Tcp).await;
    let failure = refused(
        &over_tcp(neglected, 2375, files()),
        FailureClass::Protocol,
        Stage::Tls,
    )
    .await;
    assert!(failure.message.contains("plain HTTP"), "{failure:#?}");
    let failure = refused(
        &over_tcp(neglected, 22, files()),
        FailureClass::Protocol,
        Stage::Tls,
    )
    .await;
    assert!(failure.message.contains("SSH server"), "{failure:#?}");

    let plain = connect(&over_tcp(&lab.host("tls-only").address, 2376, None)).await;
    let mut stream = in_time(plain.open_engine()).await.unwrap();
    let error = version(&mut stream).await.unwrap_err();
    let failure = classify_io(&error).expect("explained");
    assert!(failure.message.contains("speaks TLS"), "{failure:#?}");
}
