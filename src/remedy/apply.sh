# The apply script of plimsoll: everything that ever changes a host's files comes through it. Protocol 1.
#
# For whoever reviews it before it may run:
#   - It does nothing by itself. It waits for operations, one a line, and knows the few that are listed at `operation`.
#     None of them runs a command, or a piece of shell, that the sender could choose.
#   - It is the same text for every host and every change. `plimsoll probe --apply` prints it with its SHA-256.
#   - It is sent to `sh -s apply` as root (or `sudo -n sh -s apply`) on standard input. Nothing runs before the very last line has
#     arrived, because everything is inside one function; an upload that breaks off does nothing.
#   - Operations are data: their words are numbers, words of its own, and paths, which are decoded by `printf %b`, handed
#     on as arguments, and never evaluated.
#   - It follows no link. It enters the folders above a file one by one, and refuses where somebody other than root could
#     put another file into the place of one of them. Files and folders are changed through an open descriptor, after
#     device and inode were compared with those that were looked at before.
#   - An operation happens as a whole, or is put back before it is answered. A lost connection does not stop one that has
#     begun, and no further one begins then.
#   - Only one run at a time: it holds /run/plimsoll.lock, which says who it is. The lock of a run that has ended, or
#     whose time is over, is nobody's.
#
# How answers look: `RS plimsoll-apply PROTOCOL UID`, then for each operation `RS STATUS BODY`, at the end `RS bye`, where RS
# is the byte 036. Bodies are hexadecimal. Lines of a body that begin with `+ ` are the changes as they were made. Statuses:
#   0 done    1 failed, and nothing was changed    2 not as it was when it was looked at    3 refused: not safe
#   4 failed, and put back    5 failed, and could not be put back    6 somebody else holds the lock
#
# It needs a POSIX shell (dash, busybox ash, bash), `/proc`, and `stat`, `chown`, `chmod`, `od` of GNU or busybox.

LOCK=/run/plimsoll.lock

main() {
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin
    LC_ALL=C
    export PATH LC_ALL
    unset IFS CDPATH POSIXLY_CORRECT
    umask 077
    set -f
    # What has begun ends, whoever goes away meanwhile.
    trap '' HUP INT PIPE TERM
    # Descriptor 4 is the answer, 5 (from the last line) is where operations come from.
    exec 4>&1

    printf '\036plimsoll-apply 1 %s\n' "$(id -u)"
    while IFS= read -r line <&5; do
        # Words only: no pattern is expanded (set -f).
        # shellcheck disable=SC2086
        set -- $line
        [ "${1-}" != end ] || break
        printf '\036' >&4
        # In a shell of its own: what is refused ends by `exit`, and its status must be told still.
        status=$({ {
            (operation "$@") 2>&1 4>&- 5<&-
            printf '%s' "$?" >&3
        } | head -c 1048576 | od -An -v -tx1 | tr -d ' \n' >&4; } 3>&1)
        printf ' %s\n' "$status" >&4
    done
    unlock
    printf '\036bye\n' >&4
}

# operation WORDS…: one line of what was sent.
operation() {
    case ${1-} in
        lock) [ $# = 3 ] || exit 3 ;;
        look | note) [ $# = 2 ] || exit 3 ;;
        access) [ $# = 8 ] || exit 3 ;;
        *) refuse "there is no operation of that name" ;;
    esac
    case $1 in
        lock | look) ;;
        *) holds_lock || fail 6 "the lock was taken over" ;;
    esac
    "$@"
}

# fail STATUS WORDS…, refuse WORDS…: ends the operation.
fail() {
    status=$1
    shift
    printf '%s\n' "$*"
    exit "$status"
}

refuse() {
    fail 3 "$@"
}

# decode WORD: sets $text to what `printf %b` makes of it, line ends included.
decode() {
    text=$(printf '%b.' "$1")
    text=${text%.}
}

# ---------------------------------------------------------------------------------------------------- the lock

# lock WHO SECONDS: says who works here, for at most so long.
lock() {
    decode "$1"
    now=$(date +%s)
    if [ -e "$LOCK" ] || [ -L "$LOCK" ]; then
        [ -f "$LOCK" ] && [ ! -L "$LOCK" ] || refuse "$LOCK is no file"
        pid='' begun='' until=0 holder=''
        IFS=' ' read -r pid begun until holder <"$LOCK" || :
        case $until in
            '' | *[!0-9]*) until=0 ;;
        esac
        if [ "$(started "$pid")" = "$begun" ] && [ "$until" -gt "$now" ]; then
            fail 6 "$holder"
        fi
        rm -f "$LOCK" || exit 1
    fi
    # Without overwriting: whoever comes first has it. Whose lock is removed above by a third one finds that out before
    # its next change.
    mine="$$ $(started $$) $((now + $2)) $text"
    said=$( (set -C && printf '%s\n' "$mine" >"$LOCK") 2>&1) && return 0
    [ ! -s "$LOCK" ] || fail 6 "somebody who came first"
    # Made, but there was no room to say whose it is.
    rm -f "$LOCK"
    fail 1 "$said"
}

# started PID: when a process started, in the kernel's count; nothing where there is none.
started() {
    case $1 in
        '' | *[!0-9]*) return 0 ;;
    esac
    line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    # shellcheck disable=SC2086  # Words; the name of the program, which may hold anything, is cut off.
    set -- ${line##*) }
    printf '%s' "${20-}"
}

holds_lock() {
    pid='' begun=''
    IFS=' ' read -r pid begun until holder 2>/dev/null <"$LOCK" || :
    [ "$pid" = $$ ] && [ "$begun" = "$(started $$)" ]
}

unlock() {
    if holds_lock; then
        rm -f "$LOCK"
    fi
}

# note TEXT: one line in the host's own log.
note() {
    decode "$1"
    command -v logger >/dev/null || return 0
    logger -t plimsoll -p auth.notice -- "$text"
}

# ---------------------------------------------------------------------------------------------------- the way to a file

# enter PATH: goes into the folder that holds it and sets $name. From then on the folder is held, whatever happens to
# its path.
enter() {
    case $1 in
        /*[!/]*) ;;
        *) refuse "$1 is no absolute path" ;;
    esac
    rest=${1#/}
    cd -P / || exit 1
    closed /
    while :; do
        case $rest in
            */*) ;;
            *) break ;;
        esac
        part=${rest%%/*}
        rest=${rest#*/}
        case $part in
            '' | . | ..) refuse "$1 is no tidy path" ;;
        esac
        [ ! -L "./$part" ] || refuse "$1 passes a link at $part"
        [ -d "./$part" ] || fail 2 "$1: there is no folder $part"
        seen=$(stat -c %d:%i -- "./$part") || exit 1
        cd -P "./$part" || exit 1
        [ "$(stat -c %d:%i .)" = "$seen" ] || fail 2 "$1: the folder $part was replaced just now"
        closed "$part"
    done
    case $rest in
        '' | . | ..) refuse "$1 is no tidy path" ;;
    esac
    name=$rest
}

# closed NAME: nobody but root may put anything into the folder that we are in.
closed() {
    state=$(stat -c '%u %g %a' .) || exit 1
    # shellcheck disable=SC2086  # Three numbers.
    set -- "$1" $state
    [ "$2" = 0 ] || refuse "the folder $1 on the way belongs to user $2"
    [ $((0$4 & 002)) = 0 ] || refuse "everybody may write to the folder $1 on the way"
    [ "$3" = 0 ] || [ $((0$4 & 020)) = 0 ] || refuse "group $3 may write to the folder $1 on the way"
}

# look PATH: device and inode, type and bits, owner and group of what is there; links are not followed.
look() {
    decode "$1"
    enter "$text"
    [ -e "./$name" ] || [ -L "./$name" ] || fail 2 "there is nothing at $text"
    stat -c '%d:%i %f %u:%g' -- "./$name" || exit 1
}

# ---------------------------------------------------------------------------------------------------- owner and bits

# access narrow|restore PATH DEVICE:INODE OWNER:GROUP MODE OWNER:GROUP MODE: from the first to the second. `narrow` only
# gives to root and only takes bits away, but that a folder may get its x back; `restore` puts back what was recorded.
access() {
    manner=$1 shown=$2 id=$3 own=$4 mode=$5 new_own=$6 new_mode=$7
    case "$own:$new_own:$mode:$new_mode" in
        *[!0-9:]* | *::*) refuse "owners and modes are numbers" ;;
    esac
    decode "$shown"
    enter "$text"
    [ -e "./$name" ] || [ -L "./$name" ] || fail 2 "there is nothing at $text"
    state=$(stat -c '%d:%i %f' -- "./$name") || exit 1
    [ "${state% *}" = "$id" ] || fail 2 "$text is another file than before"
    type=$((0x${state#* } & 0170000))
    if [ "$manner" = narrow ]; then
        case $new_own in
            "$own" | 0:*) ;;
            *) refuse "narrowing gives to root alone" ;;
        esac
        added=$((0$new_mode & ~0$mode))
        [ "$type" != $((0040000)) ] || added=$((added & ~0111))
        [ "$added" = 0 ] || refuse "narrowing adds no bits"
    elif [ "$manner" != restore ]; then
        refuse "there is no manner of that name"
    fi
    case $type in
        $((0100000)) | $((0040000)))
            at=/proc/self/fd/3
            { change; } 3<"./$name"
            ;;
        $((0140000)))
            # A socket cannot be opened; its folder is held, and nobody but root may put another into its place.
            at=./$name
            change
            ;;
        *) refuse "$text is no file, folder or socket" ;;
    esac
}

# change: makes it so at $at, or puts it back.
change() {
    is "$own" "$mode" || fail 2 "$text is not as before: $state"
    if [ "$own" != "$new_own" ]; then
        chown "$new_own" "$at" || exit 1
        printf '+ chown %s %s\n' "$new_own" "$shown"
    fi
    # Giving a file away takes its setuid and setgid bits.
    if ! is "$new_own" "$new_mode"; then
        # Five digits, or GNU's chmod leaves a folder's setgid bit where it is.
        chmod "$(five "$new_mode")" "$at" || put_back
        printf '+ chmod %s %s\n' "$(five "$new_mode")" "$shown"
    fi
    is "$new_own" "$new_mode" || put_back
}

# is OWNER:GROUP MODE: whether what is at $at is still the same file and has these; sets $state.
is() {
    state=$(stat -L -c '%d:%i %u:%g %a' -- "$at") || exit 1
    [ "${state% *}" = "$id $1" ] && [ $((0${state##* })) = $((0$2)) ]
}

put_back() {
    chown "$own" "$at"
    chmod "$(five "$mode")" "$at"
    is "$own" "$mode" || fail 5 "$text could not be put back: $state"
    printf '+ put back\n'
    exit 4
}

five() {
    printf '%05o' $((0$1))
}

{ main 5<&0 </dev/null; exit; }
