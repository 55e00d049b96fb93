# The probe of plimsoll: what a sweep reads from a host's files and processes. Protocol 2.
#
# For whoever reviews it before it may run:
#   - It only reads. It creates, changes and removes nothing, enters no container and opens no network connection.
#   - It is the same text for every host and every sweep. `plimsoll probe` prints it with its SHA-256.
#   - It is sent to `sh -s` (or `sudo -n sh -s`) on standard input. Nothing runs before the very last line has arrived,
#     because everything is inside one function; an upload that breaks off does nothing.
#   - Round one looks around: processes, units, configuration. It ends with a mark; only then does plimsoll send which
#     paths and processes it wants to know more about. Round two looks at those. What was sent is data: it is decoded
#     by `printf %b`, handed on as arguments, and never evaluated.
#   - Every section has a size limit; commands that could hang are stopped after a few seconds where `timeout` exists.
#   - As an ordinary user it reads what that user may read; the rest is reported as "needs root", never guessed.
#
# How answers look: one line `RS plimsoll-probe PROTOCOL ENCODING`, then sections `RS NAME LIMIT BODY US STATUS`, then
# `RS end ROUND`, where RS and US are the bytes 036 and 037. Bodies are base64 (or hexadecimal), so no byte of a file,
# command line or file name can be mistaken for a mark. Whatever a login script prints comes before the first mark.
#
# It needs a POSIX shell (dash, busybox ash, bash) and `grep`, `head`, `stat`, `xargs` of GNU or busybox.

main() {
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin:/run/current-system/sw/bin
    LC_ALL=C
    export PATH LC_ALL
    unset IFS POSIXLY_CORRECT GREP_OPTIONS
    # Descriptor 4 is the answer, 5 (from the last line) is where the request of round two comes from. Commands read
    # nothing: their standard input is /dev/null.
    exec 4>&1

    if command -v base64 >/dev/null; then
        encoding=base64 encode=base64
    else
        encoding=hex encode='od -An -v -tx1'
    fi
    if timeout 1 true >/dev/null 2>&1; then
        may_stop=yes
    else
        may_stop=no
    fi

    printf '\036plimsoll-probe 2 %s\n' "$encoding"
    round_one
    printf '\036end 1\n'
    if read_request; then
        round_two
        printf '\036end 2\n'
    fi
}

# limited SECONDS COMMAND…: stops the command when it takes too long (status 124 or 143).
limited() {
    if [ "$may_stop" = yes ]; then
        timeout "$@"
    else
        shift
        "$@"
    fi
}

# section NAME LIMIT COMMAND…: what the command prints, at most LIMIT bytes of it, and its exit status.
# Statuses of our own: 3 not there, 4 not permitted, 5 this system has no such thing, 6 somebody else's.
section() {
    name=$1 limit=$2
    shift 2
    printf '\036%s %s ' "$name" "$limit"
    # shellcheck disable=SC2086  # $encode is a command of our own with its options.
    status=$({ {
        # Without our own descriptors: what a command leaves running must not keep the answer open.
        "$@" 2>/dev/null 3>&- 4>&- 5<&-
        printf '%s' "$?" >&3
    } | head -c "$limit" | $encode >&4; } 3>&1)
    printf ' \037%s\n' "$status"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# why_not PATH: tells a path that is not there (3) from one that we may not look for (4).
why_not() {
    case $1 in
        /*) folder=$1 ;;
        *) return 3 ;;
    esac
    while [ -n "$folder" ] && [ ! -e "$folder" ]; do
        folder=${folder%/*}
    done
    if [ -d "${folder:-/}" ] && [ ! -x "${folder:-/}" ]; then
        return 4
    fi
    return 3
}

# ---------------------------------------------------------------------------------------------------- round one

round_one() {
    section host 262144 host
    section units 262144 units
    section unit-files 65536 unit_files
    section accounts 1048576 accounts
    # Without the mounts of single containers, which can be thousands.
    section mounts 524288 grep -vE '/(merged|shm|netns/[^ ]*) ' /proc/self/mountinfo
    section sockets 262144 sockets
    section datagrams 65536 datagrams
    section packages 65536 packages
    section audit 262144 audit
    section profiles 131072 profiles
    section journal 131072 journal
    engines
    section containers 524288 containers
}

# Who runs this and with sudo also who logged in, small files line by line with their names, and what is there at all.
host() {
    printf 'reader %s\n' "$(id)"
    if [ -n "${SUDO_USER-}" ]; then
        printf 'login %s\n' "$(id "$SUDO_USER")"
    fi
    grep -sH '' /etc/os-release /usr/lib/os-release /etc/machine-id /etc/selinux/config /run/docker.pid \
        /sys/fs/selinux/enforce /sys/module/apparmor/parameters/enabled \
        /proc/sys/kernel/osrelease /proc/sys/kernel/kptr_restrict /proc/sys/kernel/dmesg_restrict \
        /proc/sys/kernel/unprivileged_bpf_disabled /proc/sys/kernel/yama/ptrace_scope \
        /proc/sys/fs/protected_hardlinks /proc/sys/fs/protected_symlinks /proc/sys/fs/protected_fifos \
        /proc/sys/fs/protected_regular /proc/sys/net/ipv4/conf/all/accept_redirects \
        /proc/sys/net/ipv4/conf/all/send_redirects /proc/sys/net/ipv4/conf/all/accept_source_route \
        /proc/sys/net/ipv4/ip_forward /proc/sys/net/bridge/bridge-nf-call-iptables \
        /proc/sys/net/bridge/bridge-nf-call-ip6tables /proc/sys/vm/overcommit_memory
    grep -sH '^btime' /proc/stat
    for path in /run/reboot-required /var/run/reboot-required /run/systemd/system \
        /run/containerd/containerd.sock /run/docker/containerd/containerd.sock \
        /run/podman/podman.sock /run/user/*/podman/podman.sock; do
        [ ! -e "$path" ] || printf 'there %s\n' "$path"
    done
    for name in dockerd docker docker-proxy docker-init containerd containerd-shim containerd-shim-runc-v1 \
        containerd-shim-runc-v2 runc crun ctr podman auditctl auditd; do
        for folder in /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /bin /sbin /usr/libexec/docker \
            /snap/bin /run/current-system/sw/bin; do
            if [ -f "$folder/$name" ] && [ -x "$folder/$name" ]; then
                printf 'program %s %s\n' "$name" "$folder/$name"
                break
            fi
        done
    done
    for path in /lib/modules/*; do
        [ ! -d "$path" ] || printf 'kernel %s\n' "${path##*/}"
    done
}

# The properties of units that say how the engine is run, and whether helpers of interest are running.
units() {
    if [ ! -d /run/systemd/system ] || ! has systemctl; then
        return 5
    fi
    limited 5 systemctl show --no-pager -p Id,LoadState,ActiveState,UnitFileState,FragmentPath,DropInPaths \
        -p MainPID,KillMode,Delegate,Restart,TasksMax,LimitNOFILE,OOMScoreAdjust \
        -p Listen,SocketMode,SocketUser,SocketGroup,NeedDaemonReload \
        docker.service docker.socket containerd.service snap.docker.dockerd.service podman.socket auditd.service \
        unattended-upgrades.service apt-daily-upgrade.timer dnf-automatic.timer dnf-automatic-install.timer \
        dnf5-automatic.timer zincati.service update-engine.service locksmithd.service transactional-update.timer \
        rpm-ostreed-automatic.timer firewalld.service ufw.service rsyslog.service fluent-bit.service \
        promtail.service vector.service
}

# The same files by their usual places, for hosts where systemd does not run. A name starts with + for a drop-in.
unit_files() {
    folders='/etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system'
    [ -L /lib ] || folders="$folders /lib/systemd/system"
    for unit in docker.service docker.socket containerd.service; do
        for folder in $folders; do
            if [ -e "$folder/$unit" ]; then
                printf '%s\000%s\000' "$unit" "$folder/$unit"
                break
            fi
        done
        for folder in $folders; do
            for path in "$folder/$unit.d"/*.conf; do
                [ ! -e "$path" ] || printf '+%s\000%s\000' "$unit" "$path"
            done
        done
    done
}

# Who is in which group, by primary group too: passwd entries, NUL, group entries.
accounts() {
    if has getent; then
        limited 5 getent passwd
        printf '\000'
        limited 5 getent group
        # A directory service may answer for one name what it does not list.
        limited 5 getent group docker || :
    else
        cat /etc/passwd
        printf '\000'
        cat /etc/group
    fi
}

# Listening TCP sockets with the names of their processes, which only root sees; else what the kernel lists.
sockets() {
    if has ss && limited 5 ss -lntpH; then
        return 0
    fi
    cat /proc/net/tcp /proc/net/tcp6 | grep -E '^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:[0-9A-F]+ 0A '
}

# UDP sockets that are not tied to one peer; the kernel's own, such as that of an overlay network, have no process.
datagrams() {
    if has ss && limited 5 ss -lnupH; then
        return 0
    fi
    cat /proc/net/udp /proc/net/udp6 | grep -E '^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ 0+:0000 '
}

# Versions of the packages that make up the engine.
packages() {
    set -- docker.io docker-ce docker-ce-cli docker-cli docker docker-engine moby-engine moby-cli moby-containerd \
        moby-runc containerd containerd.io runc crun podman auditd audit
    if has dpkg-query; then
        # shellcheck disable=SC2016  # The braces are dpkg's.
        limited 5 dpkg-query -W -f '${Package}\t${Version}\t${db:Status-Status}\n' "$@"
    elif has rpm; then
        limited 5 rpm -q --qf '%{NAME}\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\tinstalled\n' "$@"
    elif has apk; then
        limited 5 apk info -ev "$@"
    elif has pacman; then
        limited 5 pacman -Q "$@"
    else
        return 5
    fi
}

# The kernel's audit state, NUL, its loaded rules. Only root may ask.
audit() {
    has auditctl || return 5
    [ "$(id -u)" = 0 ] || return 4
    limited 5 auditctl -s || return
    printf '\000'
    limited 5 auditctl -l
}

# Loaded AppArmor profiles, each with its mode. Only root may ask.
profiles() {
    [ -d /sys/module/apparmor ] || return 5
    [ "$(id -u)" = 0 ] || return 4
    cat /sys/kernel/security/apparmor/profiles
}

# What the engine's daemon wrote as errors during the last day: the newest 2000 lines of its journal are searched.
journal() {
    if [ ! -d /run/systemd/system ] || ! has journalctl; then
        return 5
    fi
    case " $(id -u) $(id -Gn) " in
        *' 0 '* | *' adm '* | *' systemd-journal '* | *' wheel '*) ;;
        *) return 4 ;;
    esac
    limited 5 journalctl -u docker.service --since=-24h -n 2000 -o cat --no-pager |
        grep -E 'level=(error|fatal|panic)'
}

# Processes that are engines by the exact name of their program, and the configuration that each engine really uses.
engines() {
    files='' engines=''
    for line in $(grep -sxE 'dockerd|balenad|containerd|auditd' /proc/[0-9]*/comm | head -n 64); do
        pid=${line#/proc/}
        pid=${pid%%/*}
        files="$files /proc/$pid/status /proc/$pid/cgroup /proc/$pid/comm /proc/$pid/stat"
        engines="$engines $pid:${line##*:}"
    done
    # shellcheck disable=SC2086  # A list of our own words.
    section processes 131072 grep -sHE '^([a-z]+$|[0-9]+ \(|[0-9]+:|PPid:|Uid:|NSpid:)' /dev/null $files
    # An engine inside a container, or in another namespace of processes, is not this host's engine, and what it calls
    # its files are not this host's files.
    # shellcheck disable=SC2086
    foreign=" $(grep -slE '[0-9a-f]{64}|^NSpid:[^0-9]*[0-9]+[^0-9]+[0-9]' /dev/null $files | tr '\n' ' ')"
    seen=' '
    for engine in $engines; do
        pid=${engine%%:*}
        case $foreign in
            *" /proc/$pid/"*) continue ;;
        esac
        case $engine in
            *:auditd) continue ;;
        esac
        section "engine.$pid" 65536 engine "$pid"
        case $engine in
            *:containerd) continue ;;
        esac
        config_of "$pid"
        case $seen in
            *" $uid:$config "*) continue ;;
        esac
        seen="$seen$uid:$config "
        section "config.$pid" 262144 config "$config" "$uid"
    done
    # Without a running engine there is still the file that the next start would read.
    case $seen in
        ' ') section config.0 262144 config /etc/docker/daemon.json 0 ;;
    esac
}

# engine PID: its program, where we may see it, and its command line.
engine() {
    printf '%s\000' "$(readlink "/proc/$1/exe")"
    cat "/proc/$1/cmdline"
}

# config_of PID: sets $config to the file that the engine was told to use, else to its default, and $uid to its user.
config_of() {
    config=''
    uid=$(sed -n 's/^Uid:[^0-9]*[0-9]*[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status" 2>/dev/null)
    words=$(tr '\000' '\n' <"/proc/$1/cmdline" 2>/dev/null)
    case $words in
        *--config-file*)
            config=$(printf '%s\n' "$words" |
                sed -n -e 's/^--config-file=//p' -e '/^--config-file$/{n;p;}' | tail -n 1)
            ;;
    esac
    [ -z "$config" ] || return 0
    config=/etc/docker/daemon.json
    case $uid in
        '' | 0) ;;
        *)
            home=$(sed -n "s/^[^:]*:[^:]*:$uid:[^:]*:[^:]*:\([^:]*\):.*/\1/p" /etc/passwd | head -n 1)
            config=$home/.config/docker/daemon.json
            ;;
    esac
}

# config PATH UID: the path, then the content of that file. Anybody may start a program of an engine's name that names
# any file; so what an ordinary user's engine names is read only if it is that user's (else status 6).
config() {
    printf '%s\000' "$1"
    case $1 in
        /*) ;;
        *) return 5 ;;
    esac
    if [ -f "$1" ]; then
        [ -r "$1" ] || return 4
        case $2 in
            '' | 0) ;;
            *) [ "$(stat -L -c %u -- "$1")" = "$2" ] || return 6 ;;
        esac
        cat -- "$1"
    else
        why_not "$1"
    fi
}

# Processes in a cgroup that is named after a container (64 hexadecimal digits), and the parent of each.
containers() {
    inside=$(grep -sHoE -m1 '[0-9a-f]{64}' /proc/[0-9]*/cgroup | head -n 8192)
    printf '%s\n' "$inside"
    [ -z "$inside" ] || printf '%s\n' "$inside" | sed -n 's|^\(/proc/[0-9]*\)/cgroup:.*|\1/status|p' |
        xargs grep -sH '^PPid:'
}

# ---------------------------------------------------------------------------------------------------- round two

# The request: lines `look PATHS`, `tree FOLDERS`, `space PATHS`, `layers FOLDERS`, `root FOLDER`, `pids NUMBERS`, `deep yes`
# and `go` to end it. Paths are escaped for `printf %b`, each ended by \0000. Without the line `go` nothing is done.
read_request() {
    look='' tree='' space='' layers='' root='' pids='' deep=no
    while IFS= read -r line <&5; do
        case $line in
            'look '*) look=${line#look } ;;
            'tree '*) tree=${line#tree } ;;
            'space '*) space=${line#space } ;;
            'layers '*) layers=${line#layers } ;;
            'root '*) root=${line#root } ;;
            'deep yes') deep=yes ;;
            'pids '*[!0-9\ ]*) return 1 ;;
            'pids '*) pids=${line#pids } ;;
            go) return 0 ;;
            *) return 1 ;;
        esac
    done
    return 1
}

round_two() {
    section files 2097152 files
    section space 65536 space
    section pids 524288 processes
    section swarm 4096 swarm
    section layers 1048576 layers
}

# What is at each of the wanted paths, and at each path at most two levels below the wanted folders. Fields end with NUL:
#   d, D  a folder that we may list, that we may not      e  anything else that is there
#   l     a link, and in the next field where it leads    m  nothing there      x  we may not look
#   S     owner, group, mode and so on, each after `//`, which no path contains
#   A     access control lists as `getfacl` shows them    L  files that have one, where there is no `getfacl`
files() {
    # shellcheck disable=SC2016  # Expanded by the shell that xargs starts, where the paths are arguments.
    {
        printf '%b' "$look"
        [ -z "$tree" ] || printf '%b' "$tree" | limited 10 xargs -0 sh -c '
            for path; do
                case $path in
                    /*) [ ! -d "$path" ] || find -L "$path" -maxdepth 2 -print0 ;;
                esac
            done' sh | head -c 131072
    } | limited 20 xargs -0 sh -c '
        for path; do
            case $path in
                /*) ;;
                *) continue ;;
            esac
            if [ -L "$path" ]; then
                target=$(readlink -f -- "$path" && printf .)
                target=${target%?.}
                printf "l%s\000%s\000" "$path" "$target"
                # Where it leads, and every folder on the way there, is looked at too.
                while [ -n "$target" ]; do
                    set -- "$@" "$target"
                    target=${target%/*}
                done
            elif [ -d "$path" ]; then
                if [ -r "$path" ] && [ -x "$path" ]; then
                    printf "d%s\000" "$path"
                else
                    printf "D%s\000" "$path"
                fi
            elif [ -e "$path" ]; then
                printf "e%s\000" "$path"
            else
                folder=$path
                while [ -n "$folder" ] && [ ! -e "$folder" ]; do
                    folder=${folder%/*}
                done
                if [ -d "${folder:-/}" ] && [ ! -x "${folder:-/}" ]; then
                    printf "x%s\000" "$path"
                else
                    printf "m%s\000" "$path"
                fi
            fi
        done
        printf S
        stat -c "//%f:%u:%g:%s:%Y:%d:%U:%G:%n" -- "$@"
        printf "\000"
        if command -v getfacl >/dev/null; then
            printf A
            getfacl -spn -- "$@"
            printf "\000"
        else
            case $(ls --version) in
                *"GNU coreutils"*)
                    printf L
                    ls -ldnbU -- "$@" | grep "^.\{10\}+"
                    printf "\000"
                    ;;
            esac
        fi' sh
}

# Blocks and inodes of the file systems that hold the wanted paths.
space() {
    printf '%b' "$space" | limited 5 xargs -0 stat -f -c '//%b:%f:%a:%c:%d:%n' --
}

# How this node joined its swarm: addresses from the engine's own note below its data root; keys are in other files.
swarm() {
    [ -n "$root" ] || return 3
    [ "$(id -u)" = 0 ] || return 4
    printf '%b' "$root" | xargs -0 sh -c '
        for path; do
            grep -soE "\"(LocalAddr|ListenAddr|AdvertiseAddr|DataPathAddr)\":\"[^\"]*\"" -- \
                "$path/swarm/docker-state.json"
        done' sh
}

# What layers of images hold, as folders on the host, without entering a container and without following links of an
# image. Fields end with NUL:
#   y  the layer      f  a name inside, and in the next field what it says      w  a name that this layer takes away
#   S  setuid and setgid programs were searched for      s  one of them
# Of passwd: `P UID NAME`, `E UID NAME` without a password. Of shadow: names without a password, never a hash.
layers() {
    [ -n "$layers" ] || return 0
    [ "$(id -u)" = 0 ] || return 4
    # shellcheck disable=SC2016  # Expanded by the shell that xargs starts, where the folders are arguments.
    printf '%b' "$layers" | limited 30 xargs -0 sh -c '
        deep=$1
        shift
        # told NAME SCRIPT: what sed makes of that file of the layer, if it is one, in a folder that is one.
        told() {
            folder=$1
            while [ "$folder" != "${folder%/*}" ]; do
                folder=${folder%/*}
                if [ -L "$layer/$folder" ] || [ ! -d "$layer/$folder" ]; then
                    return
                fi
            done
            if [ -L "$layer/$1" ]; then
                return
            elif [ -c "$layer/$1" ]; then
                printf "w%s\000" "$1"
            elif [ -f "$layer/$1" ]; then
                printf "f%s\000" "$1"
                head -c 4194304 "$layer/$1" | tr -d "\000" | sed -n "$2" | head -c 65536
                printf "\000"
            fi
        }
        for layer; do
            case $layer in
                /*) ;;
                *) continue ;;
            esac
            if [ -L "$layer" ] || [ ! -d "$layer" ]; then
                continue
            fi
            printf "y%s\000" "$layer"
            told etc/passwd "s/^\([^:]*\)::\([0-9]*\):.*/E \2 \1/p;t
                s/^\([^:]*\):[^:]*:\([0-9]*\):.*/P \2 \1/p"
            told etc/shadow "s/^\([^:]*\)::.*/\1/p"
            told etc/os-release "/^ID=/p;/^VERSION_ID=/p"
            told usr/lib/os-release "/^ID=/p;/^VERSION_ID=/p"
            told var/lib/dpkg/status "s/^Package: //p"
            told lib/apk/db/installed "s/^P://p"
            told usr/lib/apk/db/installed "s/^P://p"
            if [ "$deep" = yes ]; then
                printf "S\000"
                find "$layer" -xdev -type f \( -perm -4000 -o -perm -2000 \) -print0 | head -c 65536 | tr "\000" "\n" |
                    while IFS= read -r path; do
                        printf "s%s\000" "${path#"$layer"}"
                    done
            fi
        done' sh "$deep"
}

# What the kernel says of the wanted processes.
processes() {
    # shellcheck disable=SC2086  # Digits and spaces only, see read_request.
    printf '/proc/%s/status\000' $pids | xargs -0 grep -sHE '^(Uid|NoNewPrivs|Seccomp|CapEff):' /dev/null
}

{ main 5<&0 </dev/null; exit; }
