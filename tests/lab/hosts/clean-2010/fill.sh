#!/bin/sh
# The well-kept project on the old engine.
. /run/lab/fill/lib.sh
. /run/lab/fill/clean.sh
clean_project
