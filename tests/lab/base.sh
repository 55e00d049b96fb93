#!/bin/sh
# base.sh SUITE DIR: puts a root file system of a Debian suite with engine, SSH server and the usual
# administration tools at DIR (a link into the cache). Built once per recipe: the cache key is a hash
# of this file, so an edit here makes a new base and drops the old one.
set -eu
. "$(dirname "$0")/common.sh"

MIRROR=${PLIMSOLL_LAB_MIRROR:-http://deb.debian.org/debian}
PACKAGES="acl auditd busybox-static ca-certificates curl dbus docker.io iproute2 iptables kmod \
libpam-systemd openssh-server procps sudo systemd systemd-sysv"

suite=$1 target=$2
case $suite in
    # From trixie on the docker client is a package of its own.
    bookworm) extra= ;;
    *) extra=docker-cli ;;
esac

need_root
key=$(sha256sum "$LAB_HERE/base.sh" | cut -c1-16)
base=$LAB_CACHE/$suite-$key
mkdir -p "$LAB_CACHE"

# Two labs may start at once; the second waits for the first one's base instead of building another.
exec 9>"$LAB_CACHE/$suite.lock"
flock 9

if [ ! -d "$base" ]; then
    say "building the base for $suite"
    # Left behind by a build that was killed.
    rm -rf "$LAB_CACHE/$suite.partial"
    mmdebstrap --quiet --variant=minbase \
        --include="$(echo $PACKAGES $extra | tr ' ' ,)" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        "$suite" "$LAB_CACHE/$suite.partial" "$MIRROR" 9>&-
    root=$LAB_CACHE/$suite.partial

    # Identity belongs to a host, not to the base.
    rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
    : >"$root/etc/machine-id"
    # The engine's SysV script raises limits above what an unprivileged machine allows, and dies of it.
    sed -i -e 's/ulimit -n 1048576/ulimit -n "$(ulimit -Hn)"/' \
        -e 's/ulimit -[pu] unlimited/& 2>\/dev\/null || :/' "$root/etc/init.d/docker"
    # Units that only make noise in a namespace: no consoles, no devices, no modules to load, and the
    # kernel's audit rules and most of its settings are the machine's, not the host's.
    for unit in getty.target console-getty.service systemd-udevd.service systemd-modules-load.service \
        auditd.service audit-rules.service systemd-sysctl.service systemd-remount-fs.service sys-kernel-debug.mount \
        sys-kernel-tracing.mount sys-kernel-config.mount modprobe@.service; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    mv "$root" "$base"
fi
ln -sfn "$base" "$target"

# Bases of older recipes go, unless a lab that is up stands on them.
for old in "$LAB_CACHE/$suite"-*; do
    used=$(find "$LAB_ALL" -maxdepth 2 -name 'base-*' -lname "$old" 2>/dev/null)
    [ "$old" = "$base" ] || [ -n "$used" ] || rm -rf "$old"
done
