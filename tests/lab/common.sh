# Names, places and small helpers shared by the lab's scripts. Sourced, never run.
# A lab is known by its run: `hand` is the one a person brings up, `test-PID` belongs to `with-lab`.
# Everything a lab leaves on the machine carries the run in its name, so that `down` and the sweep
# at the next start find it without any other record.
# shellcheck shell=sh disable=SC2034

# The folder of these scripts, found by the first one and handed on.
LAB_HERE=${LAB_HERE:-$(cd "$(dirname "$0")" && pwd)}
export LAB_HERE
LAB_RUN=${PLIMSOLL_LAB_RUN:-hand}
LAB_ALL=/var/lib/plimsoll-lab
LAB_STATE=$LAB_ALL/$LAB_RUN
LAB_CACHE=${PLIMSOLL_LAB_CACHE:-/var/cache/plimsoll-lab}
LAB_NETNS=plimsoll-lab-$LAB_RUN
LAB_KEYS=$LAB_STATE/keys
# The lab's own end of the bridge. Logins from the second address are not exempt from sshd's
# penalties for failed logins; those from the first are.
LAB_GATEWAY=10.77.0.1
LAB_SECOND=10.77.0.2
# Nobody answers here, not even with a refusal: frames go to a made-up hardware address.
LAB_BLACK_HOLE=10.77.0.98

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

need_root() { [ "$(id -u)" = 0 ] || die "must be run as root: it makes namespaces and mounts"; }

# Hosts that a sweep of the lab's inventory reads: those named pair-… are set up wrong and right while it runs.
fleet_names() { host_names | grep -v '^pair-'; }
host_names() { awk -F'\t' '!/^#/ && NF { print $1 }' "$LAB_HERE/hosts.tsv"; }

# host_field NAME COLUMN
host_field() {
    awk -F'\t' -v name="$1" -v column="$2" '
        !/^#/ && $1 == name { print $column; found = 1 }
        END { exit !found }' "$LAB_HERE/hosts.tsv" || die "no host named '$1' in hosts.tsv"
}
host_suite() { host_field "$1" 2; }
host_address() { host_field "$1" 3; }
host_first() { host_field "$1" 4; }
host_services() { host_field "$1" 5; }

host_dir() { printf '%s/hosts/%s\n' "$LAB_STATE" "$1"; }
host_netns() { printf '%s-%s\n' "$LAB_NETNS" "$1"; }

# The machine's pid of the host's first process, or failure when it does not run.
host_pid() {
    pid_file=$(host_dir "$1")/pid
    [ -s "$pid_file" ] && pid=$(cat "$pid_file") && [ -d "/proc/$pid/root" ] && printf '%s\n' "$pid"
}

# wait_until SECONDS WHAT COMMAND…: polls until the command succeeds; a deadline, not a delay.
wait_until() {
    wait_limit=$1 wait_what=$2
    shift 2
    wait_end=$(($(date +%s) + wait_limit))
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$wait_end" ] || { say "gave up after $wait_limit s: $wait_what"; return 1; }
        sleep 0.1
    done
}
