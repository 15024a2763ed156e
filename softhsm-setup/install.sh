#!/usr/bin/env bash
# Installs what the set-up scripts and the tests need on Debian or Ubuntu, as far as it is missing.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: install.sh [--list] [--build-only | --no-kryoptic]

Looks for the programs that building, testing and the quick start need, and installs the missing ones with apt:
as root directly, else with sudo. On other systems, or without the right to install, it says what is missing.
With everything there it changes nothing and needs no network.

  --list         only print the packages that are missing
  --build-only   only what building needs (a C compiler); not the tests' programs
  --no-kryoptic  not what building the second test token needs (kryoptic.sh: clang, SQLite's header)

A Rust toolchain (1.95 or later) is not installed by this script: see https://rustup.rs
TXT
}

list=false
build_only=false
kryoptic=true
for argument in "$@"; do
    case "$argument" in
        --help | -h) usage; exit 0 ;;
        --list) list=true ;;
        --build-only) build_only=true ;;
        --no-kryoptic) kryoptic=false ;;
        *) usage >&2; exit 2 ;;
    esac
done
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
PATH="$PATH:/usr/sbin:/sbin"

wanted_rust="1.95"
if ! command -v cargo >/dev/null; then
    echo "error: no cargo on the PATH" >&2
    echo "hint: install a Rust toolchain, $wanted_rust or later: https://rustup.rs" >&2
    exit 1
fi
found_rust="$(cargo --version | awk '{ print $2 }')"
if [[ "$(printf '%s\n%s\n' "$wanted_rust" "$found_rust" | sort -V | head -n 1)" != "$wanted_rust" ]]; then
    echo "error: cargo is $found_rust, wanted $wanted_rust or later" >&2
    echo "hint: rustup update stable" >&2
    exit 1
fi

missing=()
want() { # want PACKAGE COMMAND...: the package is missing when the command fails
    local package="$1"
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}
has() { command -v "$1"; }
has_perl() { perl -MIPC::Cmd -MFindBin -MPod::Usage -e 1; }
has_sqlite() { pkg-config --exists sqlite3; }
c_headers() { echo '#include <stdlib.h>' | cc -E -; }
want gcc has cc
want libc6-dev c_headers
if ! $build_only; then
    want softhsm2 "$here/find-module.sh"
    want openssl has openssl
    want gnutls-bin has certtool
    want opensc has pkcs11-tool
    want python3 has python3
    want python3-venv python3 -c 'import venv, ensurepip'
    want curl has curl
    want easy-rsa test -e /usr/share/easy-rsa/easyrsa
    want nginx has nginx
    want strace has strace
    want easy-rsa test -e /usr/share/easy-rsa/x509-types/server
    want bsdutils has script
    want git has git
    want ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
fi
if ! $build_only && $kryoptic; then
    want make has make
    want perl has_perl
    want clang has clang
    want pkg-config has pkg-config
    want libsqlite3-dev has_sqlite
fi

if $list; then
    [[ ${#missing[@]} -eq 0 ]] || printf '%s\n' "${missing[@]}"
    exit 0
fi
[[ ${#missing[@]} -gt 0 ]] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "error: missing, and there is no apt-get to install it with: ${missing[*]}" >&2
    echo "hint: these are Debian's package names; install your system's equivalents" >&2
    exit 1
fi
as_root=()
if [[ "$(id -u)" -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "error: missing: ${missing[*]}" >&2
        echo "hint: run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
    [[ -z "${CI-}" ]] || as_root=(sudo -n)
fi

# Debian starts a web server when it installs one. Nobody asked for that: a policy that denies starting services
# is put in place for the time of the installation, unless the machine has one of its own.
policy=/usr/sbin/policy-rc.d
made_policy=false
if [[ " ${missing[*]} " == *" nginx "* && ! -e "$policy" ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    made_policy=true
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

echo "installing: ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
if $made_policy && [[ -d /run/systemd/system ]]; then
    "${as_root[@]}" systemctl disable --quiet nginx || true
fi
