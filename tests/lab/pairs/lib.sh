# Helpers of the pairs' scripts, which run inside a host as its root. Put before each script, after the fill scripts' own.
# shellcheck shell=sh
STEP=
# Output is told only where a script fails; it ends with the step that did.
trap 'status=$?; [ "$status" = 0 ] || echo "step failed: $STEP" >&2' EXIT

# until_true COMMAND…: waits until the command succeeds, at most 30 s.
until_true() {
    left=300
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || { echo "never true: $*" >&2; return 1; }
        sleep 0.1
    done
}

# daemon_json: the engine's new configuration on standard input; restarts the engine.
daemon_json() {
    cat >/etc/docker/daemon.json
    restart_engine
}
restart_engine() {
    if [ -d /run/systemd/system ]; then
        systemctl reset-failed docker.service
        systemctl restart docker.service
    else
        service docker restart >/dev/null
    fi
    until_true docker version
}

# run NAME OPTION… IMAGE COMMAND…: a container of that name anew.
run() {
    docker rm --force "$1" >/dev/null 2>&1 || :
    docker run --detach --name "$@" >/dev/null
}
