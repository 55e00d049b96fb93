#!/bin/sh
# keys.sh: makes every key and certificate of a lab under its keys/ folder: SSH client keys, host keys
# with known_hosts files (right, changed, empty), and TLS authorities with server and client
# certificates, good and bad. All new for each run; none is worth anything elsewhere.
set -eu
. "$(dirname "$0")/common.sh"

mkdir -p "$LAB_KEYS/ssh" "$LAB_KEYS/tls" "$LAB_KEYS/hosts"
chmod 0700 "$LAB_KEYS"

ssh_key() { ssh-keygen -q -t "$1" -N "$2" -C "$3" -f "$4"; }

cd "$LAB_KEYS/ssh"
ssh_key ed25519 '' lab id_ed25519
ssh_key ecdsa '' lab id_ecdsa
ssh_key ed25519 'open sesame' lab id_encrypted
printf 'open sesame\n' >id_encrypted.passphrase
ssh_key ed25519 '' nobody-knows-me id_unknown
ssh_key ed25519 '' impostor impostor
cat id_ed25519.pub id_ecdsa.pub id_encrypted.pub >authorized_keys
: >known_hosts
: >known_hosts_empty
: >known_hosts_changed
for host in $(host_names); do
    dir=$LAB_KEYS/hosts/$host
    mkdir -p "$dir"
    ssh_key ed25519 '' "$host" "$dir/ssh_host_ed25519_key"
    ssh_key ecdsa '' "$host" "$dir/ssh_host_ecdsa_key"
    names=$host,$(host_address "$host")
    for pub in "$dir"/*.pub; do
        printf '%s %s\n' "$names" "$(cut -d' ' -f1,2 "$pub")" >>known_hosts
    done
    printf '%s %s\n' "$names" "$(cut -d' ' -f1,2 impostor.pub)" >>known_hosts_changed
done

cd "$LAB_KEYS/tls"
ec_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1" 2>/dev/null; }

# authority NAME SUBJECT
authority() {
    ec_key "$1-key.pem"
    openssl req -x509 -new -key "$1-key.pem" -sha256 -days 3650 -subj "/CN=$2" \
        -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
        -out "$1.pem" 2>/dev/null
}

# certificate AUTHORITY NAME SUBJECT USAGE SAN START END: `openssl ca` is the one command of OpenSSL 3.0
# that takes a start and an end in the past.
certificate() {
    ec_key "$2-key.pem"
    openssl req -new -key "$2-key.pem" -subj "/CN=$3" -out "$2.csr"
    : >index.txt
    {
        printf '[ca]\ndefault_ca = lab\n[lab]\ndatabase = index.txt\nnew_certs_dir = .\n'
        printf 'default_md = sha256\nrand_serial = yes\npolicy = any\n[any]\ncommonName = supplied\n'
        printf '[usage]\nbasicConstraints = CA:FALSE\nextendedKeyUsage = %s\n' "$4"
        [ -z "$5" ] || printf 'subjectAltName = %s\n' "$5"
    } >ca.conf
    openssl ca -batch -notext -config ca.conf -extensions usage -cert "$1.pem" -keyfile "$1-key.pem" \
        -startdate "$6" -enddate "$7" -in "$2.csr" -out "$2.pem" 2>/dev/null
    # OpenSSL keeps a second copy under the serial number; only the named one is wanted.
    find . -name '[0-9A-F][0-9A-F]*.pem' -delete
    rm -f "$2.csr" ca.conf index.txt*
}

yesterday=$(date -u -d yesterday +%Y%m%d%H%M%SZ)
last_year=$(date -u -d '1 year ago' +%Y%m%d%H%M%SZ)
next_year=$(date -u -d '1 year' +%Y%m%d%H%M%SZ)

authority ca 'lab authority'
authority foreign-ca 'foreign authority'
certificate ca cert 'lab client' clientAuth '' "$yesterday" "$next_year"
certificate ca expired-cert 'lab client, expired' clientAuth '' "$last_year" "$yesterday"
certificate foreign-ca foreign-cert 'foreign client' clientAuth '' "$yesterday" "$next_year"
for host in $(host_names); do
    certificate ca "server-$host" "$host" serverAuth \
        "DNS:$host,DNS:localhost,IP:$(host_address "$host"),IP:127.0.0.1" "$yesterday" "$next_year"
done
# The names people expect beside ca.pem and cert.pem.
ln -s cert-key.pem key.pem
ln -s expired-cert-key.pem expired-key.pem
ln -s foreign-cert-key.pem foreign-key.pem
chmod 0600 "$LAB_KEYS"/ssh/id_* "$LAB_KEYS"/tls/*key.pem
