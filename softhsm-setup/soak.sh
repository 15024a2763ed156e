#!/usr/bin/env bash
# Issues a million certificates into one home while the program is killed again and again.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: soak.sh [--certificates N] [--kill-every K] [--batch B] [--requests R] [--revoke-every V] [--minutes M]
               [--home DIR] [--program FILE] [--new]

Issues N certificates (1,000,000) by one CA on SoftHSM into one home, in batches of B (1,000), with the release build
of keyrite. At random moments, on average every K certificates (500; 0 never), the program or its worker is killed by
SIGKILL; `keyrite recover` settles what that leaves. One in V (500) is revoked. Each batch has a directory of its own.

After each batch, what is new on record and what is new in its directory must be the same. At each tenth, and of all at the end:
the audit log verifies; the CRL that is made then, the fold of the log over every revocation, and the ledger agree; each
certificate that the log tells of is in a file, octet by octet, and no file besides; no number is there twice.

A line for each tenth tells rate, processor time for each certificate, peak memory, kills and what they left. At the
end the last tenth must be at least 0.8 as fast as the first, by the clock or, where others use the machine, by
processor time; and the peak memory of a run must not have grown by more than a quarter.

R requests (one for each 50 certificates, at least 1,000), each with a key and a subject of its own, are made once and
used again and again: a key stays with its subject. What is in DIR is gone on with, so that it can be interrupted; after M
minutes it stops by itself, and judges what there is.

  --home DIR       where everything is kept; without it soak below Cargo's target directory
  --program FILE   this keyrite instead of building one
  --new            begin anew: what is in DIR is removed

Exit status: 0 all holds, 1 something does not, 2 it could not be run.
TXT
}

home=""
program=""
new=false
arguments=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --new) new=true ;;
        --certificates | --kill-every | --batch | --requests | --revoke-every | --minutes)
            [[ $# -ge 2 && "$2" =~ ^[0-9]+$ ]] || { usage >&2; exit 2; }
            arguments+=("$1" "$2")
            shift
            ;;
        --home | --program)
            [[ $# -ge 2 ]] || { usage >&2; exit 2; }
            case "$1" in
                --home) home="$2" ;;
                --program) program="$(realpath -- "$2")" ;;
            esac
            shift
            ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -z "$home" || -z "$program" ]]; then
    target="$(cargo metadata --locked --no-deps --format-version 1 |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
    home="${home:-$target/soak}"
fi
if [[ -z "$program" ]]; then
    cargo build --locked --release --bin keyrite
    program="$target/release/keyrite"
    # It makes requests in a moment that take OpenSSL minutes.
    maker="$(cargo bench --locked --bench issue --no-run --message-format json 2>/dev/null |
        python3 -c 'import json, sys
for line in sys.stdin:
    built = json.loads(line)
    if built.get("executable") and "bench" in built["target"]["kind"]:
        print(built["executable"])')"
    arguments+=(--maker "$maker")
fi
if [[ -d "$home" && -n "$(ls -A "$home")" && ! -e "$home/.keyrite-soak" ]]; then
    echo "error: $home is not empty and was not made by this script" >&2
    echo "hint: name another directory, or remove that one yourself" >&2
    exit 2
fi
if $new; then
    rm -rf -- "$home"
fi
mkdir -p "$home"
chmod 700 "$home"
touch "$home/.keyrite-soak"
home="$(realpath -- "$home")"
if [[ ! -e "$home/environment" ]]; then
    exports="$(./softhsm-setup/setup.sh "$home/tokens" soak)"
    eval "$exports"
    python3 -c 'import json, os; print(json.dumps({name: os.environ[name] for name in ("SOFTHSM2_CONF", "KEYRITE_MODULE")}))' \
        >"$home/environment"
fi
status=0
python3 tests/support/soak.py --program "$program" --home "$home" "${arguments[@]}" || status=$?
exit "$((status > 1 ? 2 : status))"
