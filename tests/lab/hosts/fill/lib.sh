# Helpers of the fill scripts, which run inside a host once its engine answers. Sourced.
# shellcheck shell=sh disable=SC2034
set -eu
lab=/run/lab
ADDRESS=$(getent hosts "$(hostname)" | cut -d" " -f1)
ESC=$(printf '\033')
BEL=$(printf '\007')

# secret NAME: a value from planted.txt.
secret() {
    awk -F'\t' -v name="$1" '$1 == name { print $2; found = 1 }
        END { exit !found }' "$lab/planted.txt" || { echo "no planted secret '$1'" >&2; exit 1; }
}

# import_base IMAGE: an image made of a busybox root, as there is no registry. It has the commands that
# build files of ordinary images call, so that their history can look like the real thing.
import_base() {
    base=$(mktemp -d)
    mkdir -p "$base/bin" "$base/etc" "$base/usr/bin" "$base/usr/sbin" "$base/root" "$base/srv" "$base/run"
    mkdir -m 1777 "$base/tmp"
    cp /bin/busybox "$base/bin/"
    for applet in $(/bin/busybox --list); do
        [ "$applet" = busybox ] || ln -s busybox "$base/bin/$applet"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\napp:x:10001:10001:app:/srv:/bin/sh\n' >"$base/etc/passwd"
    printf 'root:x:0:\napp:x:10001:\n' >"$base/etc/group"
    for tool in apt-get dpkg pip; do
        printf '#!/bin/sh\necho "%s $*"\n' "$tool" >"$base/usr/bin/$tool"
        chmod 0755 "$base/usr/bin/$tool"
    done
    tar -C "$base" -c . | docker import --change 'CMD ["/bin/sh"]' - "$1" >/dev/null
    rm -rf "$base"
}

# build TAG: builds from the Dockerfile on standard input, with the classic builder of the distribution.
build() {
    context=$(mktemp -d)
    cat >"$context/Dockerfile"
    printf 'listen = 8080\n' >"$context/app.conf"
    DOCKER_BUILDKIT=0 docker build --quiet --force-rm --tag "$1" "$context" >/dev/null
    rm -rf "$context"
}
