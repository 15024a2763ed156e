#!/usr/bin/env bash
# All checks of the project, in the order of their cost.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: test.sh [--quick]

Runs every check: formatting, scripts, dependencies, clippy, tests, documentation, and that all this left the
work tree as it was. Installs what is missing first (install.sh). Goes on after a failed stage, and exits 1 if
any failed. Writes only below Cargo's target directory and the temporary directory; tokens are throw-away ones
in directories of their own.

  --quick    formatting, clippy and the unit tests only
TXT
}

quick=false
for argument in "$@"; do
    case "$argument" in
        --help | -h) usage; exit 0 ;;
        --quick) quick=true ;;
        *) usage >&2; exit 2 ;;
    esac
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset SOFTHSM2_CONF
export PATH="$PATH:/usr/sbin:/sbin"
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"
export LC_ALL=C.UTF-8

./softhsm-setup/install.sh
for component in fmt clippy; do
    if ! cargo "$component" --version >/dev/null 2>&1; then
        echo "error: no cargo $component" >&2
        echo "hint: rustup component add rustfmt clippy" >&2
        exit 1
    fi
done
KEYRITE_MODULE="$(./softhsm-setup/find-module.sh)"
export KEYRITE_MODULE
target="$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
export KEYRITE_PKILINT="$target/venv/bin"

work_tree() { git status --porcelain --untracked-files=all 2>/dev/null || true; }
before="$(work_tree)"

scripts() {
    local script
    for script in softhsm-setup/*.sh .ci/run; do
        bash -n "$script"
    done
    if command -v shellcheck >/dev/null; then
        shellcheck softhsm-setup/*.sh .ci/run
    fi
    PYTHONDONTWRITEBYTECODE=1 python3 softhsm-setup/check-links.py
}
dependencies() {
    cargo fetch --locked --quiet
    PYTHONDONTWRITEBYTECODE=1 python3 softhsm-setup/check-dependencies.py
}
# pkilint judges certificates and CRLs in the tests; it lives in an environment of its own below the target directory.
linters() {
    local venv="$target/venv"
    if ! cmp -s softhsm-setup/pkilint.txt "$venv/pkilint.txt"; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r softhsm-setup/pkilint.txt
        cp softhsm-setup/pkilint.txt "$venv/pkilint.txt"
    fi
    "$KEYRITE_PKILINT/lint_pkix_cert" --help >/dev/null
    # Certificates of others, over which our lints are compared with pkilint's.
    ./softhsm-setup/vectors.sh >/dev/null
}
# The second test token, for the algorithms and mechanisms that SoftHSM2 lacks; built once.
kryoptic() { ./softhsm-setup/kryoptic.sh; }
tests() { cargo test --locked --no-fail-fast; }
unit_tests() { cargo test --locked --lib --bins; }
documentation() { RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --lib; }
clean_tree() {
    local after
    after="$(work_tree)"
    [[ "$before" == "$after" ]] && return
    echo "error: the checks changed the work tree:" >&2
    diff <(printf '%s\n' "$before") <(printf '%s\n' "$after") >&2 || true
    return 1
}

failed=()
report=""
stage() { # stage NAME COMMAND...
    local name="$1" start=$SECONDS result=ok status=0
    shift
    printf '\n== %s\n' "$name"
    # `set -e` does not hold inside a condition, so the stage runs in the open and only its exit status is taken.
    set +e
    (set -e; "$@")
    status=$?
    set -e
    if [[ "$status" -ne 0 ]]; then
        result=FAILED
        failed+=("$name")
    fi
    report+="$(printf '%-14s %6d s  %s' "$name" "$((SECONDS - start))" "$result")"$'\n'
}

stage format cargo fmt --check
if ! $quick; then
    stage scripts scripts
    stage dependencies dependencies
    stage linters linters
    stage kryoptic kryoptic
    [[ " ${failed[*]-} " == *" kryoptic "* ]] || eval "$(./softhsm-setup/kryoptic.sh)"
fi
stage clippy cargo clippy --locked --all-targets -- -D warnings
if $quick; then
    stage "unit tests" unit_tests
else
    stage tests tests
    stage documentation documentation
fi
stage "clean tree" clean_tree

printf '\n%s' "$report"
printf '%-14s %6d s\n' total "$SECONDS"
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "FAILED: ${failed[*]}"
    exit 1
fi
echo "all checks passed"
