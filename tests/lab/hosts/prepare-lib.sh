# Helpers of the prepare scripts. Sourced with HOST and ROOT as arguments of the script.
# shellcheck shell=sh disable=SC2034
set -eu
. "$LAB_HERE/common.sh"
host=$1 root=$2

# The host's daemon.json, its own address filled in.
daemon_json() {
    mkdir -p "$root/etc/docker"
    chmod 0755 "$root/etc/docker"
    sed "s/@ADDRESS@/$(host_address "$host")/g" "$LAB_HERE/hosts/$host/daemon.json" >"$root/etc/docker/daemon.json"
    chmod 0644 "$root/etc/docker/daemon.json"
}

# The server's half of TLS, with the modes the guides ask for.
tls_files() {
    install -d -m 0755 "$root/etc/docker/tls"
    install -m 0444 "$LAB_KEYS/tls/ca.pem" "$root/etc/docker/tls/ca.pem"
    install -m 0444 "$LAB_KEYS/tls/server-$host.pem" "$root/etc/docker/tls/server-cert.pem"
    install -m 0400 "$LAB_KEYS/tls/server-$host-key.pem" "$root/etc/docker/tls/server-key.pem"
}

# A private registry's authority, trusted the way the engine wants it.
registry_ca() {
    install -d -m 0755 "$root/etc/docker/certs.d/registry.example.net"
    install -m 0444 "$LAB_KEYS/tls/ca.pem" "$root/etc/docker/certs.d/registry.example.net/ca.crt"
}

# The audit rules of the guides, as files. Loading them would change the machine's kernel.
audit_rules() {
    install -m 0640 "$LAB_HERE/hosts/docker.rules" "$root/etc/audit/rules.d/docker.rules"
    cat "$root/etc/audit/rules.d"/*.rules >"$root/etc/audit/audit.rules"
    chmod 0640 "$root/etc/audit/audit.rules"
}

# planted NAME: a value of planted.txt.
planted() {
    awk -F'\t' -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }' \
        "$LAB_HERE/planted.txt" || die "no planted secret '$1'"
}
