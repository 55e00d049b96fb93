#!/bin/sh
# left.sh: lists what the run still has on the machine: processes, mounts, namespaces, cgroups, files.
# Fails if there is anything, so that no `down` can leave something behind unnoticed.
set -eu
. "$(dirname "$0")/common.sh"
. "$LAB_HERE/cgroup.sh"

found=
tell() { printf 'left behind: %s\n' "$*"; found=yes; }

for tree in $(cgroup_trees); do
    [ ! -d "$tree/plimsoll-lab/$LAB_RUN" ] || tell "cgroup $tree/plimsoll-lab/$LAB_RUN"
done
for pid in $(cgroup_pids "plimsoll-lab/$LAB_RUN"); do tell "process $pid"; done
# A process that got out of its cgroup still stands on the host's root.
for mounts in /proc/[0-9]*/mountinfo; do
    if grep -q "$LAB_STATE/" "$mounts" 2>/dev/null; then tell "mount in ${mounts%/mountinfo}"; fi
done
for ns in /run/netns/"$LAB_NETNS" /run/netns/"$LAB_NETNS"-*; do
    [ ! -e "$ns" ] || tell "network namespace $ns"
done
[ ! -e "$LAB_STATE" ] || tell "folder $LAB_STATE"
[ -z "$found" ]
