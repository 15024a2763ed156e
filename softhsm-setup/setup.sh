#!/usr/bin/env bash
# Makes throw-away SoftHSM2 tokens in a directory of their own.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: setup.sh [--pin-file FILE] [--so-pin-file FILE] DIRECTORY LABEL...

Makes one SoftHSM2 token for each LABEL in DIRECTORY, and prints what a shell has to export to use them.
Tokens that are there already stay as they are, so running it again does no harm. The user's own tokens
(~/.config/softhsm2, /etc/softhsm, an inherited SOFTHSM2_CONF) are never read or changed.

  --pin-file FILE      the user PIN is the first line of FILE; without it a random one is made
  --so-pin-file FILE   the same for the SO PIN

DIRECTORY then holds:
  softhsm2.conf  tokens/  pin  so-pin       (mode 0600 for files, 0700 for directories)

example:  eval "$(softhsm-setup/setup.sh target/tokens root issuing)"
          keyrite --module "$KEYRITE_MODULE" token list
TXT
}

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
pin_file=""
so_pin_file=""
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --pin-file) pin_file="${2:?--pin-file wants a file}"; shift 2 ;;
        --so-pin-file) so_pin_file="${2:?--so-pin-file wants a file}"; shift 2 ;;
        --) shift; break ;;
        -*) usage >&2; exit 2 ;;
        *) break ;;
    esac
done
if [[ $# -lt 2 ]]; then
    usage >&2
    exit 2
fi

umask 077
if [[ -d "$1" && ! -e "$1/softhsm2.conf" && -n "$(ls -A "$1")" ]]; then
    echo "error: $1 is not empty and was not made by this script" >&2
    exit 1
fi
mkdir -p "$1"
directory="$(cd "$1" && pwd)"
shift
module="$("$here/find-module.sh")"
command -v pkcs11-tool >/dev/null || { echo "error: no pkcs11-tool; run softhsm-setup/install.sh" >&2; exit 1; }

mkdir -p "$directory/tokens"
chmod 700 "$directory" "$directory/tokens"
if [[ ! -e "$directory/softhsm2.conf" ]]; then
    cat >"$directory/softhsm2.conf" <<TXT
directories.tokendir = $directory/tokens
objectstore.backend = file
objectstore.umask = 0077
log.level = ERROR
slots.removable = false
TXT
fi
export SOFTHSM2_CONF="$directory/softhsm2.conf"

# A PIN file is made once and then kept: the tokens in the directory were made with it.
keep_pin() { # keep_pin TARGET GIVEN
    if [[ -n "$2" ]]; then
        if [[ -e "$1" ]]; then
            [[ "$(head -n 1 "$1")" == "$(head -n 1 "$2")" ]] && return
            echo "error: $1 holds another PIN than $2" >&2
            exit 1
        fi
        head -n 1 "$2" >"$1"
    elif [[ ! -e "$1" ]]; then
        od -An -N8 -tu8 /dev/urandom | tr -d ' ' >"$1"
    fi
    chmod 600 "$1"
}
keep_pin "$directory/pin" "$pin_file"
keep_pin "$directory/so-pin" "$so_pin_file"

# The PINs go to pkcs11-tool in its environment, which only its owner can read; an argument list anybody can.
user_pin="$(head -n 1 "$directory/pin")"
so_pin="$(head -n 1 "$directory/so-pin")"
tool() { # tool ARGUMENT...: pkcs11-tool, silent unless it fails
    local output
    if ! output="$(pkcs11-tool --module "$module" "$@" 2>&1)"; then
        printf '%s\n' "$output" >&2
        return 1
    fi
    printf '%s\n' "$output"
}
# Initialising wipes a token, so the module must be the one that keeps its tokens in this directory.
if [[ "$(tool --show-info)" != *SoftHSM* ]]; then
    echo "error: $module is not SoftHSM2, and this script makes tokens with SoftHSM2 only" >&2
    exit 1
fi
slot_of() { # slot_of LABEL: the index of the slot whose token has exactly this label, or nothing
    tool --list-slots | WANTED="$1" awk '
        /^Slot [0-9]+ / { slot = $2 }
        /^ *token label *: / { sub(/^ *token label *: /, ""); sub(/ *$/, ""); if ($0 == ENVIRON["WANTED"]) print slot }'
}
for label in "$@"; do
    [[ -z "$(slot_of "$label")" ]] || continue
    blank="$(tool --list-slots | awk '/^Slot [0-9]+ / { slot = $2 } /^ *token state: *uninitialized/ { print slot; exit }')"
    SO_PIN="$so_pin" tool --slot-index "$blank" --init-token --label "$label" --so-pin env:SO_PIN >/dev/null
    SO_PIN="$so_pin" USER_PIN="$user_pin" tool --slot-index "$(slot_of "$label")" \
        --login --login-type so --so-pin env:SO_PIN --init-pin --new-pin env:USER_PIN >/dev/null
done

printf 'export SOFTHSM2_CONF=%q\n' "$SOFTHSM2_CONF"
printf 'export KEYRITE_MODULE=%q\n' "$module"
printf 'export KEYRITE_PIN_FILE=%q\n' "$directory/pin"
