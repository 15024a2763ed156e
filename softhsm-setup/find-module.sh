#!/usr/bin/env bash
# Prints the path of the PKCS#11 module that the set-up scripts use.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: find-module.sh [--help]

Prints the path of a PKCS#11 module: $KEYRITE_MODULE if that is set, else SoftHSM2's library from the
places where distributions put it. Exits 1, with instructions, if there is none.

example:  pkcs11-tool --module "$(softhsm-setup/find-module.sh)" --list-slots
TXT
}

case "${1-}" in
    --help | -h) usage; exit 0 ;;
    "") ;;
    *) usage >&2; exit 2 ;;
esac

if [[ -n "${KEYRITE_MODULE-}" ]]; then
    if [[ -r "$KEYRITE_MODULE" ]]; then
        printf '%s\n' "$KEYRITE_MODULE"
        exit 0
    fi
    echo "error: KEYRITE_MODULE names '$KEYRITE_MODULE', which cannot be read" >&2
    echo "hint: set it to a PKCS#11 library, or unset it to look for SoftHSM2" >&2
    exit 1
fi

candidates=(
    /usr/lib/softhsm/libsofthsm2.so                     # Debian, Ubuntu
    "/usr/lib/$(uname -m)-linux-gnu/softhsm/libsofthsm2.so"
    /usr/lib64/pkcs11/libsofthsm2.so                    # Fedora, RHEL
    /usr/lib64/softhsm/libsofthsm2.so                   # openSUSE
    /usr/lib64/libsofthsm2.so
    /usr/lib/pkcs11/libsofthsm2.so                      # Arch Linux
    /usr/lib/libsofthsm2.so                             # Alpine
    /usr/local/lib/softhsm/libsofthsm2.so               # built from source, FreeBSD
    /opt/homebrew/lib/softhsm/libsofthsm2.so            # Homebrew
    /run/current-system/sw/lib/softhsm/libsofthsm2.so   # NixOS
)
for candidate in "${candidates[@]}"; do
    if [[ -r "$candidate" ]]; then
        printf '%s\n' "$candidate"
        exit 0
    fi
done

cat >&2 <<'TXT'
error: no SoftHSM2 library in any of the usual places
hint: install it (Debian, Ubuntu: apt-get install softhsm2; Fedora: dnf install softhsm; Arch: pacman -S softhsm),
      or name another PKCS#11 module: KEYRITE_MODULE=/path/to/module.so
TXT
exit 1
