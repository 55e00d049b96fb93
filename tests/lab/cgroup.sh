# The part of the machine's cgroup trees that belongs to a host. Sourced after common.sh.
# A host gets one directory in every mounted tree; it is the handle by which all its processes are
# found and ended, whatever became of pid files.
# shellcheck shell=sh

cgroup_trees() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts; }

# Makes the host's directories and moves the calling shell into them.
cgroup_enter() {
    for tree in $(cgroup_trees); do
        path=$tree
        for step in plimsoll-lab "$LAB_RUN" "$1"; do
            # A v2 directory hands its controllers down only when told to, and only what it has itself.
            if [ -e "$path/cgroup.subtree_control" ]; then
                for controller in $(cat "$path/cgroup.controllers"); do
                    echo "+$controller" >"$path/cgroup.subtree_control" 2>/dev/null || :
                done
            fi
            parent=$path path=$path/$step
            mkdir -p "$path"
            # A new v1 cpuset is empty and takes no process until it has processors and memory.
            for file in cpuset.cpus cpuset.mems; do
                if [ -e "$path/tasks" ] && [ -e "$path/$file" ] && [ -z "$(cat "$path/$file")" ]; then
                    cat "$parent/$file" >"$path/$file"
                fi
            done
        done
        # 0 means the writer; $$ would be the parent of a sub-shell.
        echo 0 >"$path/cgroup.procs"
    done
}

# Moves the calling shell into the cgroups the host's first process has now.
cgroup_join() {
    while IFS=: read -r _ controllers path; do
        tree=$(awk -v wanted="$controllers" '
            wanted == "" && $3 == "cgroup2" { print $2; exit }
            wanted != "" && $3 == "cgroup" {
                count = split(wanted, names, ",")
                for (i = 1; i <= count; i++) if (("," $4 ",") !~ ("," names[i] ",")) next
                print $2; exit
            }' /proc/mounts)
        [ -z "$tree" ] || echo 0 >"$tree$path/cgroup.procs" || return 1
    done <"/proc/$1/cgroup"
}

# cgroup_pids RELATIVE-PATH: every process below it, in any tree.
cgroup_pids() {
    for tree in $(cgroup_trees); do
        [ ! -d "$tree/$1" ] || find "$tree/$1" -name cgroup.procs -exec cat {} + 2>/dev/null || :
    done | sort -un
}

# Ends every process below RELATIVE-PATH and removes the directories.
cgroup_clear() {
    for tree in $(cgroup_trees); do
        [ -d "$tree/$1" ] || continue
        # A paused container does not die before it is thawed.
        find "$tree/$1" \( -name freezer.state -o -name cgroup.freeze \) | while read -r file; do
            case $file in
                */freezer.state) echo THAWED >"$file" || : ;;
                *) echo 0 >"$file" || : ;;
            esac
        done 2>/dev/null
    done
    wait_until 30 "processes of $1 do not end" cgroup_emptied "$1" || return 1
    for tree in $(cgroup_trees); do
        [ ! -d "$tree/$1" ] || find "$tree/$1" -depth -type d -exec rmdir {} \;
    done
}

cgroup_emptied() {
    pids=$(cgroup_pids "$1")
    [ -z "$pids" ] && return 0
    for pid in $pids; do kill -KILL "$pid" 2>/dev/null || :; done
    return 1
}
