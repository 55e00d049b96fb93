#!/bin/sh
# A host hardened the way the guides ask: its SSH server forwards nothing, so that the engine's socket can
# be reached through a command only.
. "$LAB_HERE/hosts/prepare-lib.sh"
printf 'AllowTcpForwarding no\nAllowStreamLocalForwarding no\nDisableForwarding yes\n' \
    >>"$root/etc/ssh/sshd_config.d/lab.conf"
