#!/usr/bin/env bash
# Runs a command with temporary SoftHSM2 tokens, which are gone afterwards.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: with-softhsm.sh [--token LABEL]... COMMAND [ARGUMENT]...

Makes temporary SoftHSM2 tokens (one called "keyrite" if none is named), runs COMMAND and removes them again.
COMMAND finds in its environment:
  SOFTHSM2_CONF      the configuration of the temporary tokens
  KEYRITE_MODULE     the path of the PKCS#11 module
  KEYRITE_PIN_FILE   a file of mode 0600 with the user PIN of all of them
Its exit status is COMMAND's.

example:  softhsm-setup/with-softhsm.sh --token root sh -c \
            'keyrite --module "$KEYRITE_MODULE" --pin-source "file:$KEYRITE_PIN_FILE" token list'
TXT
}

labels=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --token) labels+=("${2:?--token wants a label}"); shift 2 ;;
        --) shift; break ;;
        -*) usage >&2; exit 2 ;;
        *) break ;;
    esac
done
if [[ $# -eq 0 ]]; then
    usage >&2
    exit 2
fi
[[ ${#labels[@]} -gt 0 ]] || labels=(keyrite)

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
directory="$(mktemp -d "${TMPDIR:-/tmp}/keyrite-softhsm.XXXXXX")"
trap 'rm -rf -- "$directory"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
exports="$("$here/setup.sh" "$directory" "${labels[@]}")"
eval "$exports"
status=0
"$@" || status=$?
exit "$status"
