#!/bin/sh
# The well-kept project.
. /run/lab/fill/lib.sh
. /run/lab/fill/clean.sh
clean_project
