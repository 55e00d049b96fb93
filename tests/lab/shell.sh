#!/bin/bash
# The login shell of every account in the lab: writes down what an SSH client asked to have run, then runs
# it. Where the server forces another command, what was asked for counts. Installed as
# /usr/local/sbin/lab-shell. Records end with the byte 1e, for a command may have lines.
printf '%s\t%s\036' "$USER" "${SSH_ORIGINAL_COMMAND-${2-}}" >>/var/log/lab-commands
exec /bin/bash "$@"
