#!/usr/bin/env bash
# Builds the second test token, kryoptic, and the OpenSSL that it needs, once, into a cache.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: kryoptic.sh [--cache DIRECTORY] [--print module|openssl|directory]

Builds the PKCS#11 3.2 software token kryoptic with a recent OpenSSL inside it, and that OpenSSL's command-line
program, from the sources that kryoptic/Cargo.lock pins. With them the tests reach what SoftHSM2 and the system's
OpenSSL lack: ML-DSA, SLH-DSA requests, hash-and-sign ECDSA. Takes one to three minutes the first time, and
nothing afterwards: what is in the cache is used without a network.

Prints what a shell has to export for the tests to find them. In the cache lies then, in a directory that is named
after the versions:
  libkryoptic_pkcs11.so  bin/openssl  and their licences

  --cache DIRECTORY   where to keep them; else $KEYRITE_KRYOPTIC_CACHE, else kryoptic/ below Cargo's target
                      directory, where the tests look without being told
  --print WHAT        only one path: of the module, of the program openssl, or of the directory that holds both

example:  eval "$(softhsm-setup/kryoptic.sh)" && "$KEYRITE_OPENSSL35" version
TXT
}

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cache="${KEYRITE_KRYOPTIC_CACHE-}"
print=""
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --cache) cache="${2:?--cache wants a directory}"; shift 2 ;;
        --print)
            print="${2:?--print wants one of: module openssl directory}"
            [[ "$print" == module || "$print" == openssl || "$print" == directory ]] || { usage >&2; exit 2; }
            shift 2
            ;;
        *) usage >&2; exit 2 ;;
    esac
done

fail() { # fail ERROR HINT
    echo "error: $1" >&2
    echo "hint: $2" >&2
    exit 1
}
need() { # need WHAT COMMAND...: WHAT is missing when the command fails
    local what="$1"
    shift
    "$@" >/dev/null 2>&1 || fail "building kryoptic needs $what" "run softhsm-setup/install.sh"
}
locked_version() { # locked_version CRATE
    awk -v wanted="name = \"$1\"" '$0 == wanted { getline; gsub(/version = |"/, ""); print; exit }' "$here/kryoptic/Cargo.lock"
}

need cargo command -v cargo
if [[ -z "$cache" ]]; then
    need python3 command -v python3
    target="$(cargo metadata --locked --no-deps --format-version 1 --manifest-path "$here/../Cargo.toml" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
    cache="$target/kryoptic"
fi
mkdir -p "$cache"
cache="$(cd "$cache" && pwd)"
openssl_crate="$(locked_version openssl-src)"   # 300.5.5+3.5.5: its own version, and OpenSSL's
openssl_version="${openssl_crate#*+}"
versions="kryoptic-$(locked_version kryoptic)-openssl-$openssl_version"
final="$cache/$versions"

# The lock file is the last that is written into a directory before it gets its name, so it vouches for the rest.
is_built() { cmp -s "$here/kryoptic/Cargo.lock" "$final/Cargo.lock"; }

show() {
    case "$print" in
        module) printf '%s\n' "$final/libkryoptic_pkcs11.so" ;;
        openssl) printf '%s\n' "$final/bin/openssl" ;;
        directory) printf '%s\n' "$final" ;;
        *)
            printf 'export KEYRITE_KRYOPTIC_MODULE=%q\n' "$final/libkryoptic_pkcs11.so"
            printf 'export KEYRITE_OPENSSL35=%q\n' "$final/bin/openssl"
            ;;
    esac
}
if is_built; then
    show
    exit 0
fi

need python3 command -v python3
need "a C compiler" command -v cc
need make command -v make
need "perl with its modules" perl -MIPC::Cmd -MFindBin -MPod::Usage -e 1
need clang command -v clang
need "pkg-config and SQLite's header (libsqlite3-dev)" pkg-config --exists sqlite3
need flock command -v flock

# One run builds; others wait for it and find its work. What a killed run left behind goes first.
exec 9>"$cache/.lock"
flock 9
if is_built; then
    show
    exit 0
fi
rm -rf -- "$cache"/.build-*
work="$(mktemp -d "$cache/.build-XXXXXX")"
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

quietly() { # quietly DIRECTORY COMMAND...: its output is shown only if it fails
    local directory="$1"
    shift
    (cd "$directory" && "$@") >"$work/log" 2>&1 9>&- || {
        tail -n 40 "$work/log" >&2
        fail "building kryoptic failed at: $*" "the lines above are the end of what it said; $final is left as it was"
    }
}

unset MAKEFLAGS MFLAGS CARGO_MAKEFLAGS CARGO_BUILD_TARGET
jobs="$(nproc)"
echo "building $versions into $cache (once, some minutes)" >&2
mkdir "$work/package" "$work/done"
cp "$here"/kryoptic/{Cargo.toml,Cargo.lock,lib.rs} "$work/package/"

# Cargo loads the sources and checks each against the lock file's checksum; without a network it takes what it has.
host="$(cargo -vV | awk '$1 == "host:" { print $2 }')"
metadata() { cargo metadata --locked --format-version 1 --filter-platform "$host" "$@" >"$work/metadata.json"; }
if ! (cd "$work/package" && metadata --offline) >"$work/log" 2>&1; then
    (cd "$work/package" && metadata) >"$work/log" 2>&1 || {
        tail -n 20 "$work/log" >&2
        fail "cargo cannot load kryoptic's sources" "the first run needs the crate registry; later ones do not"
    }
fi
source_of() { # source_of CRATE: the directory with its sources
    python3 -c 'import json, os, sys
for package in json.load(open(sys.argv[1]))["packages"]:
    if package["name"] == sys.argv[2]:
        print(os.path.dirname(package["manifest_path"]))' "$work/metadata.json" "$1"
}

# The crate that carries OpenSSL's sources leaves out the files of the tests, the manuals, the legacy provider and the
# loadable modules, so Configure must not look for them. The rest is left out because no certificate needs it.
cp -R "$(source_of openssl-src)/openssl" "$work/openssl"
options=(no-shared no-module no-legacy no-dso no-engine no-tests no-docs no-atexit)
options+=(no-aria no-bf no-camellia no-cast no-dtls no-idea no-quic no-rc2 no-rc4 no-seed no-sm2 no-sm3 no-sm4 no-srp)
case "$(uname -m)" in
    x86_64 | aarch64) options+=(enable-ec_nistp_64_gcc_128) ;;
esac
quietly "$work/openssl" perl ./Configure "${options[@]}" -fPIC --prefix=/usr --openssldir=/etc/ssl
quietly "$work/openssl" make "-j$jobs" build_generated
quietly "$work/openssl" make "-j$jobs" libcrypto.a apps/openssl

KRYOPTIC_OPENSSL_SOURCES="$work/openssl" CONFDIR=/etc quietly "$work/package" \
    cargo build --locked --release "-j$jobs" --target-dir "$work/target" --package kryoptic

mkdir "$work/done/bin"
cp "$work/target/release/libkryoptic_pkcs11.so" "$work/done/"
cp "$work/openssl/apps/openssl" "$work/done/bin/"
cp "$work/openssl/LICENSE.txt" "$work/done/LICENSE-openssl.txt"
cp "$(source_of kryoptic)/LICENSE.txt" "$work/done/LICENSE-kryoptic.txt"
said="$("$work/done/bin/openssl" version)"
[[ "$said" == "OpenSSL $openssl_version "* ]] || fail "bin/openssl says '$said', wanted OpenSSL $openssl_version" "please report this"
quietly "$work" python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1]).C_GetInterface' "$work/done/libkryoptic_pkcs11.so"

cp "$here/kryoptic/Cargo.lock" "$work/done/"
if [[ -e "$final" ]]; then
    mv "$final" "$work/old"
fi
mv "$work/done" "$final"
show
