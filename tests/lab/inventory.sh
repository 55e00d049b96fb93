#!/bin/sh
# inventory.sh: writes the lab's inventory and its hosts file.
set -eu
. "$(dirname "$0")/common.sh"

for host in $(host_names); do printf '%s\t%s\n' "$(host_address "$host")" "$host"; done >"$LAB_STATE/etc-hosts"
printf '127.0.0.1\tlocalhost\n' >>"$LAB_STATE/etc-hosts"

cat >"$LAB_STATE/inventory.toml" <<TOML
# The lab "$LAB_RUN". Reached with: $LAB_HERE/enter plimsoll -i $LAB_STATE/inventory.toml
version = 1

[defaults]
user = "root"
identity_file = "$LAB_KEYS/ssh/id_ed25519"
known_hosts = "$LAB_KEYS/ssh/known_hosts"

[policy]
docker_users = ["deploy"]
trusted_registries = ["registry.example.net"]
own_registries = ["registry.example.net", "docker.io/legacy"]
TOML
for host in $(fleet_names); do
    case $(host_services "$host") in
        *ssh* | -)
            printf '\n[[hosts]]\nname = "%s"\nendpoint = "ssh://root@%s"\n' "$host" "$(host_address "$host")"
            ;;
        *)
            printf '\n[[hosts]]\nname = "%s"\nendpoint = "tcp://%s:2376"\n' "$host" "$(host_address "$host")"
            printf 'tls = { ca = "%s", cert = "%s", key = "%s" }\n' \
                "$LAB_KEYS/tls/ca.pem" "$LAB_KEYS/tls/cert.pem" "$LAB_KEYS/tls/key.pem"
            ;;
    esac
done >>"$LAB_STATE/inventory.toml"
