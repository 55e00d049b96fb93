#!/bin/sh
# sweep.sh: takes down labs whose owner is gone, so that a killed test run leaves nothing for long.
set -eu
. "$(dirname "$0")/common.sh"

for owner in "$LAB_ALL"/*/owner; do
    [ -e "$owner" ] || continue
    read -r pid started <"$owner"
    # A pid is used again; with its start time it is not.
    [ "$(awk '{ print $22 }' "/proc/$pid/stat" 2>/dev/null)" = "$started" ] && continue
    run=$(basename "$(dirname "$owner")")
    say "removing the lab $run, whose owner is gone"
    PLIMSOLL_LAB_RUN=$run "$LAB_HERE/down"
done
