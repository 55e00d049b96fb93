#!/bin/sh
# The services of a host without systemd, started as `lab-init` and kept by tini, which reaps.
# Installed into the host as /usr/local/sbin/lab-init.
set -eu
# On a v2 tree with controllers a group that has children must itself be empty of processes.
if [ -s /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p /sys/fs/cgroup/init
    while read -r pid; do echo "$pid" >/sys/fs/cgroup/init/cgroup.procs 2>/dev/null || :; done \
        </sys/fs/cgroup/cgroup.procs
    for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
        echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || :
    done
fi
for service in $(cat /etc/lab-services); do
    case $service in
        # Debian ships no SysV script for containerd.
        containerd)
            containerd >>/var/log/containerd.log 2>&1 &
            until [ -S /run/containerd/containerd.sock ]; do sleep 0.1; done
            ;;
        *) service "$service" start || echo "lab-init: $service did not start" ;;
    esac
done
exec sleep infinity
