#!/bin/sh
# A host with an ordinary, careful configuration, started by systemd.
. "$LAB_HERE/hosts/prepare-lib.sh"
daemon_json
audit_rules
