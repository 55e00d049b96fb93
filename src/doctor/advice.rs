//! The setting to change on either side, by what went wrong.

use crate::domain::failure::FailureClass;

/// What to change here (in the inventory, mostly) and on the host.
pub(super) fn of(class: FailureClass) -> (Option<&'static str>, Option<&'static str>) {
    use FailureClass::{
        ApiTooOld, Auth, AuthTooMany, Cancelled, DaemonDown, Dns, ForwardRefused, HostkeyChanged,
        HostkeyRevoked, HostkeyUnknown, Protocol, ProxyBlocked, RateLimited, Refused, SocketDenied,
        SocketMissing, SudoDenied, Timeout, TlsCa, TlsClientCert, TlsExpired, TlsName, Unreachable,
    };
    let (here, there) = match class {
        Dns => ("endpoint: the name or the address", ""),
        Refused => (
            "endpoint: the port",
            "Port and ListenAddress in sshd_config, or the service itself",
        ),
        Unreachable => ("jump: a host from which it can be reached", "the firewall"),
        Timeout => ("connect_timeout", "the firewall, and the load of the host"),
        HostkeyUnknown => (
            "known_hosts: the host's key, or host_key = \"ask\"",
            "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub shows the fingerprint to compare with",
        ),
        HostkeyChanged => (
            "known_hosts: the new key, once it is explained why it changed",
            "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub shows the fingerprint to compare with",
        ),
        HostkeyRevoked => (
            "nothing: somebody marked this key as revoked",
            "a new host key",
        ),
        Auth => (
            "user and identity_file",
            "the key in ~/.ssh/authorized_keys; PubkeyAuthentication, AllowUsers and AllowGroups in sshd_config",
        ),
        AuthTooMany => (
            "identity_file: the one right key",
            "MaxAuthTries in sshd_config",
        ),
        ForwardRefused => (
            "endpoint: the socket, if it is another",
            "AllowStreamLocalForwarding, AllowTcpForwarding, DisableForwarding and PermitOpen in sshd_config; restrict in \
             authorized_keys; or a docker program that relays",
        ),
        SocketMissing => (
            "endpoint: the socket, as in ssh://host/run/user/1000/docker.sock",
            "systemctl enable --now docker",
        ),
        SocketDenied => (
            "sudo = \"auto\", or another user",
            "usermod -aG docker USER (which makes it root), or a sudo rule",
        ),
        DaemonDown => ("", "systemctl status docker; journalctl -u docker"),
        ApiTooOld => ("a newer plimsoll", "a newer engine"),
        TlsCa => ("tls.ca", "tlscacert and tlscert of the engine"),
        TlsName => (
            "tls.server_name",
            "a certificate whose subjectAltName holds the name or address",
        ),
        TlsExpired => (
            "this machine's clock",
            "a new certificate (tlscert, tlskey)",
        ),
        TlsClientCert => (
            "tls.cert and tls.key",
            "tlscacert of the engine: the authority that issued our certificate",
        ),
        ProxyBlocked => ("endpoint: a way around the proxy", "the rules of the proxy"),
        SudoDenied => ("sudo = \"ask\"", "a NOPASSWD rule in sudoers"),
        RateLimited => (
            "--jobs, or a pause",
            "MaxStartups and PerSourcePenalties in sshd_config",
        ),
        Protocol | Cancelled => ("", ""),
    };
    let some = |text: &'static str| (!text.is_empty()).then_some(text);
    (some(here), some(there))
}
