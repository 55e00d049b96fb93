#!/bin/sh
# prepare.sh HOST ROOT: what every host gets before it boots: identity, accounts, SSH server settings.
# Runs in the host's namespaces; ROOT is its tree, not yet its root.
set -eu
. "$LAB_HERE/common.sh"

host=$1 root=$2

printf '%s\n' "$host" >"$root/etc/hostname"
{
    printf '127.0.0.1\tlocalhost\n%s\tgateway\n' "$LAB_GATEWAY"
    for other in $(host_names); do printf '%s\t%s\n' "$(host_address "$other")" "$other"; done
} >"$root/etc/hosts"
printf 'nameserver %s\n' "$LAB_GATEWAY" >"$root/etc/resolv.conf"
printf '%s' "$LAB_RUN $host" | md5sum | cut -c1-32 >"$root/etc/machine-id"
# The engine's SysV script mounts every controller the kernel knows unless this file speaks of cgroups.
printf 'none /sys/fs/cgroup tmpfs,cgroup noauto 0 0\n' >"$root/etc/fstab"

# What is run through SSH is written down by the accounts' shell, for the tests to read.
install -m 0755 "$LAB_HERE/shell.sh" "$root/usr/local/sbin/lab-shell"
: >"$root/var/log/lab-commands"
chmod 0666 "$root/var/log/lab-commands"

# account NAME GROUPS: an ordinary account that takes the lab's key.
account() {
    chroot "$root" useradd -m -s /usr/local/sbin/lab-shell ${2:+-G "$2"} "$1"
    authorize "$1" "$root/home/$1"
}
authorize() {
    # Some suites bring root's folder with them.
    mkdir -p "$2/.ssh"
    chmod 0700 "$2/.ssh"
    cp "$LAB_KEYS/ssh/authorized_keys" "$2/.ssh/authorized_keys"
    chmod 0600 "$2/.ssh/authorized_keys"
    chroot "$root" chown -R "$1:" "${2#"$root"}/.ssh"
}
authorize root "$root/root"
chroot "$root" usermod -s /usr/local/sbin/lab-shell root
account auditor ''
account ops ''
account deploy docker
printf 'ops ALL=(ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/ops"
chmod 0440 "$root/etc/sudoers.d/ops"

install -m 0600 "$LAB_KEYS/hosts/$host"/ssh_host_*_key "$root/etc/ssh/"
install -m 0644 "$LAB_KEYS/hosts/$host"/ssh_host_*_key.pub "$root/etc/ssh/"
{
    printf 'PasswordAuthentication no\nPermitRootLogin prohibit-password\nUseDNS no\n'
    # From 9.8 on a few failed logins lock an address out; the tests make many on purpose.
    case $(host_suite "$host") in
        bookworm) ;;
        *) printf 'PerSourcePenaltyExemptList %s\n' "$LAB_GATEWAY" ;;
    esac
} >"$root/etc/ssh/sshd_config.d/lab.conf"

if [ "$(host_first "$host")" != systemd ]; then
    install -m 0755 "$LAB_HERE/init.sh" "$root/usr/local/sbin/lab-init"
    host_services "$host" >"$root/etc/lab-services"
fi
