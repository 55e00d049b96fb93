#!/bin/sh
# An ordinary host with all the files whose owners and modes are judged.
. "$LAB_HERE/hosts/prepare-lib.sh"
tls_files
registry_ca
certificates=$root/etc/docker/certs.d/registry.example.net
install -m 0444 "$LAB_KEYS/tls/cert.pem" "$certificates/client.cert"
install -m 0400 "$LAB_KEYS/tls/key.pem" "$certificates/client.key"
