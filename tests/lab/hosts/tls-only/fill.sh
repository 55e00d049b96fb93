#!/bin/sh
# One container, so that there is something to read.
. /run/lab/fill/lib.sh
. /run/lab/fill/one.sh
one_container
