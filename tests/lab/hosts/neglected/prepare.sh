#!/bin/sh
# A host nobody looks after: open files, many members of the docker group, an open engine port, secrets
# lying about, and names made to disturb a terminal.
. "$LAB_HERE/hosts/prepare-lib.sh"
esc=$(printf '\033')

daemon_json
chroot "$root" useradd -m -s /bin/bash -G docker alice
chroot "$root" useradd -m -s /bin/bash -G docker bob
# A member whose name would clear the screen; only a hand-edited file can hold it.
sed -i "s/^\(docker:.*\)$/\1,mal${esc}[2Jlory/" "$root/etc/group"

# The daemon's environment file: credentials in a proxy address and in a label of the daemon.
cat >"$root/etc/default/docker" <<DEFAULT
export HTTP_PROXY="http://proxyuser:$(planted proxy-password)@10.77.0.1:3128"
export HTTPS_PROXY="http://proxyuser:$(planted proxy-password)@10.77.0.1:3128"
DOCKER_OPTS="--label password=$(planted daemon-label)"
DEFAULT

mkdir -p "$root/root/.docker" "$root/srv/shop"
printf '{"auths":{"registry.example.org:5000":{"auth":"%s"}}}\n' "$(planted registry-auth)" >"$root/root/.docker/config.json"
printf 'services: {web: {image: "legacy/app:latest", env_file: .env}}\n' >"$root/srv/shop/compose.yaml"
printf 'DB_PASSWORD=%s\n' "$(planted compose-env-file)" >"$root/srv/shop/.env"
mkdir -p "$root/etc/systemd/system/docker.service.d"
printf '[Service]\nEnvironment=REGISTRY_PASSWORD=%s\n' "$(planted unit-environment)" \
    >"$root/etc/systemd/system/docker.service.d/10-${esc}[31mred.conf"
mkdir -p "$root/etc/docker/certs.d/registry.example.org:5000" "$root/etc/docker/certs.d/evil${esc}]0;title.example.org"
for folder in "$root/etc/docker/certs.d"/*; do
    cp "$LAB_KEYS/tls/ca.pem" "$folder/ca.crt"
    cp "$LAB_KEYS/tls/cert.pem" "$folder/client.cert"
    cp "$LAB_KEYS/tls/key.pem" "$folder/client.key"
    chmod 0666 "$folder"/*
done

# Everything open, as after one `chmod -R 777` too many.
chmod 0777 "$root/etc/docker" "$root/etc/docker/certs.d" "$root/etc/systemd/system/docker.service.d"
chmod 0666 "$root/etc/docker/daemon.json" "$root/etc/default/docker" \
    "$root/usr/lib/systemd/system/docker.service" "$root/usr/lib/systemd/system/docker.socket" \
    "$root/root/.docker/config.json" "$root/srv/shop/.env" "$root/srv/shop/compose.yaml"
chroot "$root" chown alice:alice /etc/docker/daemon.json /usr/lib/systemd/system/docker.socket
chroot "$root" chown bob:bob /etc/default/docker
