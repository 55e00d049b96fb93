#!/bin/sh
# host.sh start|stop HOST: boots one host of the lab and fills it, or ends it and removes every trace.
set -eu
. "$(dirname "$0")/common.sh"
. "$LAB_HERE/cgroup.sh"
. "$LAB_HERE/net.sh"

action=$1 host=$2
dir=$(host_dir "$host")

boot() {
    mkdir -p "$dir/upper" "$dir/work" "$dir/root"
    net_join "$host"
    # A shared host sees the machine's processes: the kernel talks of auditing to nobody else.
    own_pids=--pid
    [ "$(host_first "$host")" != shared ] || own_pids=
    # A shell of its own, for it moves itself into the host's cgroups before it unshares them.
    (
        cgroup_enter "$host"
        # shellcheck disable=SC2086 # one option or none
        exec setsid nsenter --net="/run/netns/$(host_netns "$host")" \
            unshare --mount $own_pids --uts --ipc --cgroup --fork "$LAB_HERE/inside.sh" "$host"
    ) </dev/null >"$dir/boot.log" 2>&1 9>&- &
    wait_until 10 "$host has no first process" host_pid "$host" || { show_logs; exit 1; }
}

# A host that died is not waited for.
wait_for() {
    if wait_until "$1" "$host: no $2" settled "$3" && host_pid "$host" >/dev/null; then return 0; fi
    say "$host did not come up"
    show_logs
    exit 1
}
settled() { "$1" || [ -z "$(host_pid "$host")" ]; }

# Asked from outside, through the host's own root, so that no process is started for it.
engine_answers() { curl -sf --max-time 2 --unix-socket "/proc/$(host_pid "$host")/root/run/docker.sock" http://d/_ping; }
ssh_answers() {
    case $(host_services "$host") in *ssh* | -) ;; *) return 0 ;; esac
    nsenter --net="/run/netns/$LAB_NETNS" ssh-keyscan -T 2 -t ed25519 "$(host_address "$host")" 2>/dev/null | grep -q ssh-ed25519
}

fill() {
    [ -x "$LAB_HERE/hosts/$host/fill.sh" ] || return 0
    inside=/proc/$(host_pid "$host")/root/run/lab
    mkdir "$inside"
    cp -R "$LAB_HERE/hosts/fill" "$LAB_HERE/hosts/$host" "$LAB_HERE/planted.txt" "$inside/"
    "$LAB_HERE/in-host" "$host" "/run/lab/$host/fill.sh" >"$dir/fill.log" 2>&1 || {
        say "$host: filling failed:"
        tail -n 20 "$dir/fill.log" >&2
        return 1
    }
    rm -rf "$inside"
}

start() {
    need_root
    boot
    wait_for 45 engine engine_answers
    wait_for 20 'SSH server' ssh_answers
    fill
    date -u +%FT%TZ >"$dir/ready"
}

show_logs() {
    tail -n 30 "$dir/boot.log" "$dir/upper/var/log/docker.log" "$dir/upper/var/log/containerd.log" >&2 2>/dev/null || :
}

stop() {
    need_root
    cgroup_clear "plimsoll-lab/$LAB_RUN/$host"
    net_leave "$host"
    rm -rf "$dir"
}

case $action in
    start) start ;;
    stop) stop ;;
    *) die "usage: host.sh start|stop HOST" ;;
esac
