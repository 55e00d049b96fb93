#!/bin/sh
# The well-kept project, on a host that systemd runs.
. /run/lab/fill/lib.sh
. /run/lab/fill/clean.sh
clean_project
