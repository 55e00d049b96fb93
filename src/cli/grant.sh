#!/bin/sh
# What an auditor's account may do on this host: ask for two fixed words, `probe` and `engine`, and nothing else.
# Review it, then run it as root:
#
#   ssh root@HOST sh -s <grant.sh               sets it up, or brings it up to date
#   ssh root@HOST sh -s remove <grant.sh        takes it away again; the account stays
#
# Nothing here runs before the last line has arrived.
main() {
    set -eu
    user=@USER@
    folder=/usr/local/lib/plimsoll
    sudoers=/etc/sudoers.d/plimsoll-$user

    if [ "${1-}" = remove ]; then
        remove
        return
    fi
    command -v sudo >/dev/null || { echo "sudo is missing: without it the probe cannot read as root" >&2; return 1; }
    id "$user" >/dev/null 2>&1 || useradd --create-home --shell /bin/sh "$user"
    install -d -o root -g root -m 0755 "$folder"

    # 1. The probe, word for word what `plimsoll probe` prints. It only reads. sha256: @SHA256@
    probe >"$folder/probe.new"
    echo "@SHA256@  $folder/probe.new" | sha256sum -c - >/dev/null
    chmod 0644 "$folder/probe.new"
    mv "$folder/probe.new" "$folder/probe"

    # 2. The forced command: it knows two words, and looks at nothing else of what it was sent.
    cat >"$folder/dispatch.new" <<'DISPATCH'
#!/bin/sh
case ${SSH_ORIGINAL_COMMAND-} in
    probe) exec sudo -n /bin/sh /usr/local/lib/plimsoll/probe ;;
    engine) exec sudo -n /usr/local/lib/plimsoll/plimsoll relay ;;
esac
echo "this key may ask for two words: probe and engine" >&2
exit 1
DISPATCH
    chmod 0755 "$folder/dispatch.new"
    mv "$folder/dispatch.new" "$folder/dispatch"

    # 3. sudo for exactly two commands: the probe, and the relay to the engine. The relay lets nothing pass but the GET
    #    requests that a read-only sweep makes; being in the group docker would be root.
    cat >"$sudoers.new" <<SUDOERS
$user ALL=(root) NOPASSWD: /bin/sh $folder/probe, $folder/plimsoll relay
SUDOERS
    chmod 0440 "$sudoers.new"
    visudo -cqf "$sudoers.new"
    # A name with a dot is passed over by sudo: only the whole file counts.
    mv "$sudoers.new" "$sudoers"

    # 4. The key: no forwarding, no terminal, no other command. Written by the account itself: in its own folder root would
    #    follow the links that it made. A last line without an end keeps to itself.
    key | as_account '
        umask 077
        mkdir -p ~/.ssh && cd ~/.ssh && touch authorized_keys || exit 1
        IFS= read -r key
        if ! grep -qxF -e "$key" authorized_keys; then
            [ -z "$(tail -c 1 authorized_keys)" ] || echo >>authorized_keys
            printf "%s\n" "$key" >>authorized_keys
        fi
        chmod 0700 . && chmod 0600 authorized_keys'

    [ -x "$folder/plimsoll" ] || echo "the word engine does nothing yet: copy the program to $folder/plimsoll, owned by root, mode 0755"
    cat <<CHECK
done. To check it:
  here                        sudo -l -U $user
                              sha256sum $folder/probe    (plimsoll probe prints the same)
  from the auditor's machine  ssh $user@HOST id          (must be refused)
                              plimsoll doctor HOST       (with user = "$user" in the inventory)
CHECK
}

remove() {
    if id "$user" >/dev/null 2>&1; then
        key | as_account '
            cd ~/.ssh 2>/dev/null && [ -f authorized_keys ] || exit 0
            IFS= read -r key
            kept=$(grep -vxF -e "$key" authorized_keys; echo .)
            printf "%s" "${kept%.}" >authorized_keys'
    fi
    rm -f "$sudoers" "$folder/probe" "$folder/dispatch" "$folder/plimsoll"
    [ ! -d "$folder" ] || rmdir "$folder"
    echo "taken away; the account $user stays: userdel $user removes it"
}

# as_account SCRIPT: runs it as the account, in whatever it has for a home.
as_account() {
    su -s /bin/sh "$user" -c "$1"
}

key() {
    cat <<'KEY'
restrict,command="/usr/local/lib/plimsoll/dispatch" @KEY@
KEY
}

probe() {
    cat <<'PLIMSOLL_PROBE'
@PROBE@PLIMSOLL_PROBE
}

main "$@"
