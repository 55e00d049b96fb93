#!/bin/sh
# inside.sh HOST: runs as the first process of the host's fresh namespaces, in the machine's file
# system still. Lays out the host's own tree, lets its prepare scripts write to it, moves into it and
# becomes its init. Everything mounted here goes away with the mount namespace, however it ends.
set -eu
. "$(dirname "$0")/common.sh"

host=$1
dir=$(host_dir "$host")
root=$dir/root

# The machine's /proc is still there, and in it this process goes by the machine's number.
read -r pid _ </proc/self/stat
printf '%s\n' "$pid" >"$dir/pid"

mount --make-rprivate /
mount -t overlay overlay \
    -o "lowerdir=$(readlink -f "$LAB_STATE/base-$(host_suite "$host")"),upperdir=$dir/upper,workdir=$dir/work" "$root"

# The engine cannot put an overlay on an overlay: its stores are on the machine's own file system.
for store in docker containerd; do
    mkdir -p "$dir/$store" "$root/var/lib/$store"
    mount --bind "$dir/$store" "$root/var/lib/$store"
done

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs "$root/run"
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o nosuid,mode=0755 tmpfs "$root/dev"
mkdir "$root/run/lock" "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/net"
mount -t devpts -o nosuid,noexec,newinstance,gid=5,mode=0620,ptmxmode=0666 devpts "$root/dev/pts"
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/dev/shm"
mount -t mqueue -o nosuid,nodev,noexec mqueue "$root/dev/mqueue"
# name, major, minor
while read -r node major minor; do
    mknod -m 0666 "$root/dev/$node" c "$major" "$minor"
done <<'NODES'
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
fuse 10 229
net/tun 10 200
NODES
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${stream%%:*}" "$root/dev/${stream#*:}"; done

# A plain host gets the trees the machine has. systemd no longer starts on v1 trees, so its host gets
# the v2 tree alone.
if [ "$(host_first "$host")" != systemd ] && grep -q '^[^ ]* [^ ]* cgroup ' /proc/mounts; then
    mount -t tmpfs -o nosuid,nodev,noexec,mode=0755 tmpfs "$root/sys/fs/cgroup"
    awk '$3 == "cgroup" { print $2 }' /proc/mounts | while read -r tree; do
        name=${tree##*/}
        # The tree's controllers are its mount options that are not general ones.
        options=$(awk -v tree="$tree" '$2 == tree { print $4 }' /proc/mounts | tr , '\n' |
            grep -vE '^(rw|ro|nosuid|nodev|noexec|relatime|noatime|clone_children|xattr)$|^release_agent=' | paste -sd,)
        mkdir "$root/sys/fs/cgroup/$name"
        case $options in name=*) options=none,$options ;; esac
        mount -t cgroup -o "nosuid,nodev,noexec,$options" cgroup "$root/sys/fs/cgroup/$name"
    done
else
    mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
fi

hostname "$host"
"$LAB_HERE/hosts/prepare.sh" "$host" "$root"
[ ! -x "$LAB_HERE/hosts/$host/prepare.sh" ] || "$LAB_HERE/hosts/$host/prepare.sh" "$host" "$root"

case $(host_first "$host") in
    systemd) set -- /lib/systemd/systemd ;;
    # Not process 1 on a shared host, and to reap all the same.
    *) set -- /usr/bin/tini -s -- /usr/local/sbin/lab-init ;;
esac
cd "$root"
mkdir -p .machine
pivot_root . .machine
# A real machine's mounts are shared (its init makes them so), and engines are asked for shared mounts.
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=plimsoll-lab TERM=dumb chroot . /bin/sh -c '
    umount -l /.machine && rmdir /.machine && mount --make-rshared / && exec "$@"' \
    lab "$@" </dev/null
