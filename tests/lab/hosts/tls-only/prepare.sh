#!/bin/sh
# A host without an SSH server: the engine's TLS port is the only way in.
. "$LAB_HERE/hosts/prepare-lib.sh"
daemon_json
tls_files
