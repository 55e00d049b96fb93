#!/bin/sh
# A well-kept host: engine reached by socket and, with client certificates, over TLS.
. "$LAB_HERE/hosts/prepare-lib.sh"
daemon_json
tls_files
registry_ca
audit_rules
