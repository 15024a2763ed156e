#!/usr/bin/env bash
# Loads the OCSP responder while its ledger is being written, and tells rate, latency and memory.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: responder-load.sh [--requests N] [--connections C] [--idle I] [--certificates K] [--quiet-ledger] [--live]
                         [--program FILE]

Makes a CA on SoftHSM with K certificates (200), signs OCSP responses about them, starts `keyrite ocsp serve` with one
thread, and asks it by wrk over C connections (64) until N requests (1,000,000) are answered, half of them by GET
and half by POST. All the while another process issues and revokes certificates in the same home, and I connections
(0) stand open that say nothing.

Prints requests for each second, also for each second that the responder had a processor, the 99th percentile of the
latency, memory at the start and at the end, and each beside its target:
  20,000 requests for each second of one processor; 99 % of them within 10 ms; memory grown by at most 8 MiB.
The rate by processor time is what counts where others use the machine; for the latency, run it in front of them:
  nice -n -20 responder-load.sh
10,000,000 requests are the long run:
  responder-load.sh --requests 10000000 --idle 10000

  --quiet-ledger   nothing is written meanwhile
  --live           by a key of a responder, which signs whatever is not signed ahead; every request has a nonce
  --program FILE   this keyrite instead of the release build

Exit status: 0 every target is met, 1 one is not, or a response is wrong, 2 it could not be run.
TXT
}

program=""
arguments=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --quiet-ledger | --live) arguments+=("$1") ;;
        --requests | --connections | --idle | --certificates)
            [[ $# -ge 2 && "$2" =~ ^[0-9]+$ ]] || { usage >&2; exit 2; }
            arguments+=("$1" "$2")
            shift
            ;;
        --program)
            [[ $# -ge 2 ]] || { usage >&2; exit 2; }
            program="$(realpath -- "$2")"
            shift
            ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
if ! command -v wrk >/dev/null; then
    echo "error: no wrk on the PATH" >&2
    echo "hint: apt-get install wrk" >&2
    exit 2
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -z "$program" ]]; then
    cargo build --locked --release --bin keyrite
    target="$(cargo metadata --locked --no-deps --format-version 1 |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
    program="$target/release/keyrite"
fi
status=0
./softhsm-setup/with-softhsm.sh --token load python3 tests/support/responder_load.py --program "$program" \
    "${arguments[@]}" || status=$?
exit "$((status > 1 ? 2 : status))"
