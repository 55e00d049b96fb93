#!/bin/sh
# A host whose owners and modes are put right and taken back: the files of pair-plain.
. "$LAB_HERE/hosts/prepare-lib.sh"
tls_files
registry_ca
certificates=$root/etc/docker/certs.d/registry.example.net
install -m 0444 "$LAB_KEYS/tls/cert.pem" "$certificates/client.cert"
install -m 0400 "$LAB_KEYS/tls/key.pem" "$certificates/client.key"
