#!/bin/sh
# A host without an SSH server: the engine's TLS port is the only way in. It
# logs each request, since nothing can listen in on TLS.
. "$LAB_HERE/hosts/prepare-lib.sh"
daemon_json
tls_files
