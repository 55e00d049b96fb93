# One plain container, for the hosts that are there for the way in and not for what they run.
# Sourced after lib.sh.
# shellcheck shell=sh

one_container() {
    import_base lab/plain:1.0
    docker run --detach --name plain --label org.example.owner=lab lab/plain:1.0 /bin/sleep 1000000 >/dev/null
}
