#!/usr/bin/env bash
# From a fresh machine to a certificate, a revocation and two CRLs that OpenSSL and GnuTLS accept.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: quickstart.sh [--program FILE] [DIRECTORY]

Installs what is missing (install.sh), builds keyrite, makes two throw-away SoftHSM2 tokens and a CA home in
DIRECTORY (target/quickstart without it), and goes the whole way once: root, intermediate, a certificate for
www.example.test from a request that OpenSSL made, revocation, CRLs; OpenSSL and GnuTLS judge the outcome.
Every command is printed before it runs, so the output is a script to learn from.

DIRECTORY is wiped and made anew on each run; one that this script did not make is refused. The user's own
tokens are not touched.

  --program FILE   use this keyrite instead of building one
TXT
}

program=""
directory=""
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --program) program="$(realpath "${2:?--program wants a file}")"; shift 2 ;;
        -*) usage >&2; exit 2 ;;
        *)
            [[ -z "$directory" ]] || { usage >&2; exit 2; }
            directory="$(realpath -m "$1")"
            shift
            ;;
    esac
done

top="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$top"
unset SOFTHSM2_CONF
"$top/softhsm-setup/install.sh" --no-kryoptic

target="$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
if [[ -z "$program" ]]; then
    echo "building keyrite"
    cargo build --locked --bin keyrite
    program="$target/debug/keyrite"
fi
directory="${directory:-$target/quickstart}"
if [[ -d "$directory" && -n "$(ls -A "$directory")" && ! -e "$directory/.keyrite-quickstart" ]]; then
    echo "error: $directory is not empty and was not made by this script" >&2
    echo "hint: name another directory, or remove that one yourself" >&2
    exit 1
fi
rm -rf -- "$directory"
mkdir -p "$directory/out"
chmod 700 "$directory"
touch "$directory/.keyrite-quickstart"

exports="$("$top/softhsm-setup/setup.sh" "$directory/tokens" quickstart-root quickstart-issuing)"
eval "$exports"
cd "$directory/out"

keyrite() {
    "$program" --home "$directory/ca" --module "$KEYRITE_MODULE" --pin-source "file:$KEYRITE_PIN_FILE" --yes "$@"
}
step() { printf '\n# %s\n' "$1"; }
show() { # show COMMAND...: as one would type it
    local word line='$'
    for word in "$@"; do
        [[ "$word" =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]] || word="'$word'"
        line+=" $word"
    done
    printf '%s\n' "$line"
}
run() { # run COMMAND...: shows the command, then runs it
    show "$@"
    "$@"
}
verdicts=()
judge() { # judge accepts|refuses TEXT COMMAND...: the command must end that way, and say TEXT
    local wanted="$1" text="$2" output verdict=accepts
    shift 2
    show "$@"
    output="$("$@" 2>&1)" || verdict=refuses
    printf '%s\n' "$output"
    if [[ "$verdict" != "$wanted" || "$output" != *"$text"* ]]; then
        echo "error: $1 $verdict this; wanted: $wanted, with \"$text\""
        exit 1
    fi
    verdicts+=("${*:1:4}: $(grep -F -m 1 "$text" <<<"$output")$([[ "$wanted" == accepts ]] || echo ", as it should be")")
}

exec 2>&1 # what the commands say stays in the order in which they say it

root_key='pkcs11:token=quickstart-root;object=root-g1'
issuing_key='pkcs11:token=quickstart-issuing;object=issuing-g1'

step "A CA home, and a key on each of two tokens; the private halves cannot leave them"
run keyrite init "$directory/ca"
run keyrite token list
run keyrite key generate "$root_key" --algorithm ec-p384
run keyrite key generate "$issuing_key" --algorithm ec-p384

step "The root, and an intermediate that the root issues"
run keyrite ca create root --key "$root_key" --profile root --subject "C=AT,O=Example,CN=Example Root G1" --out root.pem
run keyrite ca request issuing --key "$issuing_key" --profile intermediate \
    --subject "C=AT,O=Example,CN=Example Issuing G1" --out issuing.csr
run keyrite issue issuing.csr --ca root --profile intermediate --out issuing.pem
run keyrite ca install issuing issuing.pem

step "A web server's administrator makes a key and a certification request"
run openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout www.key -out www.csr \
    -subj "/CN=www.example.test" -addext "subjectAltName=DNS:www.example.test"
run keyrite request show www.csr
run keyrite issue www.csr --ca issuing --profile tls-server --out www.pem

step "CRLs, before anything is revoked"
run keyrite crl issue --ca root --out root.crl
run keyrite crl issue --ca issuing --out issuing-1.crl

step "OpenSSL and GnuTLS judge"
judge accepts "www.pem: OK" openssl verify -x509_strict -crl_check_all -verify_hostname www.example.test -purpose sslserver \
    -CAfile root.pem -untrusted issuing.pem -CRLfile root.crl -CRLfile issuing-1.crl www.pem
judge accepts "verify OK" openssl crl -in root.crl -inform DER -noout -verify -CAfile root.pem
judge accepts "verify OK" openssl crl -in issuing-1.crl -inform DER -noout -verify -CAfile issuing.pem
cat www.pem issuing.pem root.pem >path.pem
judge accepts "Chain verification output: Verified." certtool --verify --verify-hostname www.example.test --load-ca-certificate root.pem --infile path.pem

step "Revoked, and the next CRL says so"
run keyrite revoke www.pem --ca issuing --reason superseded
run keyrite crl issue --ca issuing --out issuing-2.crl
judge refuses "certificate revoked" openssl verify -x509_strict -crl_check_all \
    -CAfile root.pem -untrusted issuing.pem -CRLfile root.crl -CRLfile issuing-2.crl www.pem
judge accepts "verify OK" openssl crl -in issuing-2.crl -inform DER -noout -verify -CAfile issuing.pem
judge accepts "issuing.pem: OK" openssl verify -x509_strict -crl_check_all -CAfile root.pem -CRLfile root.crl issuing.pem

step "What the home knows"
run keyrite status
run keyrite certificate list
run keyrite audit verify

step "All there is now, below $directory"
(cd "$directory" && find . -path ./tokens/tokens -prune -o -print | sort | sed -e 's|[^/]*/|  |g')

step "In short"
printf '%s\n' "${verdicts[@]}"
