#!/usr/bin/env bash
# Downloads certificates and CRLs that others made, once, and prints the directory in which they are.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: vectors.sh

Downloads the package that softhsm-setup/vectors.txt pins from the Python Package Index, by pip and only if its hash is
the one there, and unpacks it below Cargo's target directory: NIST's PKITS and the certificates, CRLs, requests
and OCSP responses with which the authors of the Python package `cryptography` test it. Prints the directory.
Once it is there nothing is downloaded again. `rm -r target/vectors` removes it.
TXT
}

case "${1-}" in
    "") ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
pinned="softhsm-setup/vectors.txt"
target="$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
directory="$target/vectors/$(sed -n 's/^\([a-z-]*\)==\([0-9.]*\) .*/\1-\2/p' "$pinned")"

if [[ ! -d "$directory" ]]; then
    mkdir -p "$target/vectors"
    work="$(mktemp -d "$target/vectors/download.XXXXXX")"
    trap 'rm -rf "$work"' EXIT
    # Debian's Python has no pip of its own, but can make an environment that has one.
    python3 -m venv "$work/venv"
    if ! "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        --dest "$work" -r "$pinned" >&2; then
        echo "error: what $pinned pins could not be downloaded" >&2
        echo "hint: where PyPI is out of reach, copy $directory from a machine that has it" >&2
        exit 1
    fi
    python3 -m zipfile -e "$work"/*.whl "$work/unpacked"
    # Whoever is first wins: the contents are the same.
    mv -T "$work/unpacked" "$directory" 2>/dev/null || [[ -d "$directory" ]]
fi
echo "$directory"
