#!/bin/sh
# A host with the old engine, kept as well as that engine allows.
. "$LAB_HERE/hosts/prepare-lib.sh"
daemon_json
registry_ca
audit_rules
