#!/usr/bin/env bash
# Kills keyrite and lets its disk fail at the system calls that touch files, and counts what is lost by it: nothing.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: crash.sh [--all | --sample N] [--kind kill|error|short] [--command NAME] [--list]

Runs each command that signs, records or writes once, undisturbed, to learn by strace which system calls it makes that
touch the file system. Then, for each of them, once more in a fresh copy of the same home:

  kill    SIGKILL before the call; the worker is killed before and after each function of the token as well
  error   the call fails with EIO, ENOSPC, EDQUOT, EROFS or, for locks, ENOLCK: once, or it and all that follow
  short   the write really writes half of what it was given, and the next goes on, or finds the disk full

After each run: exit code and message are as documented; what was acknowledged is on record, and what exit code 0
acknowledged would outlast a power cut; each signature has its reservation; `recover` settles all, twice; a certificate
and a CRL are issued, with numbers of their own, and OpenSSL accepts them; the audit log verifies; no file is partial.
One line for each command and kind says how many calls there are, how many runs were made, and what came of them.

  --all            every call in every way: an hour or more. Without it one in 20
  --sample N       one in N
  --kind KIND      only this kind; may be given several times
  --command NAME   only this command, as --list has it; may be given several times
  --list           only print the names of the commands

The release build is tried. The homes lie in /dev/shm where there is one, since every run has a copy and none of them
waits for a disk there; else, and if TMPDIR is set, in the directory for temporary files.

Exit status: 0 nothing was found, 1 something was, 2 it could not be run.
TXT
}

sample=20
kinds=""
commands=""
list=false
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --all) sample=all ;;
        --sample | --kind | --command)
            [[ $# -ge 2 ]] || { usage >&2; exit 2; }
            case "$1" in
                --sample) sample="$2" ;;
                --kind) kinds+="${kinds:+;}$2" ;;
                --command) commands+="${commands:+;}$2" ;;
            esac
            shift
            ;;
        --list) list=true ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
[[ "$sample" == all || "$sample" =~ ^[1-9][0-9]*$ ]] || { usage >&2; exit 2; }
[[ "$kinds" =~ ^((kill|error|short)(;|$))*$ ]] || { usage >&2; exit 2; }

cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t known < <(sed -n 's/^    name: "\(.*\)",$/\1/p' tests/crash/acts.rs)
if $list; then
    printf '%s\n' "${known[@]}"
    exit 0
fi
while read -r -d ';' name; do
    if ! printf '%s\n' "${known[@]}" | grep -qxF -- "$name"; then
        echo "error: there is no command $name" >&2
        echo "hint: crash.sh --list prints them" >&2
        exit 2
    fi
done <<<"${commands:+$commands;}"
command -v strace >/dev/null || { echo "error: no strace" >&2; echo "hint: apt-get install strace" >&2; exit 2; }

# Every run has a home of its own, some hundred kilobytes, and is over in a second.
if [[ -z "${TMPDIR:-}" && -d /dev/shm && -w /dev/shm ]]; then
    export TMPDIR=/dev/shm
fi
report="$(mktemp)"
log="$(mktemp)"
start=$SECONDS
# A row for each command and kind that was gone through, also when the rest is interrupted.
show() {
    {
        printf 'command\tkind\tcalls\truns\tlost\tduplicates\tunsettled\thands\tpartial files\tmessages\n'
        sort "$report"
        awk -F '\t' '{ for (i = 3; i <= 10; i++) sum[i] += $i }
            END { printf "all"; printf "\t"; for (i = 3; i <= 10; i++) printf "\t%d", sum[i]; printf "\n" }' "$report"
    } | column -t -s $'\t'
    echo "$((SECONDS - start)) s"
}
trap 'rm -f "$report" "$log"' EXIT
trap 'show; exit 2' INT TERM
cargo test --locked --release --test crash --no-run --quiet
start=$SECONDS
status=0
KEYRITE_CRASH="$sample" KEYRITE_CRASH_KIND="$kinds" KEYRITE_CRASH_COMMAND="$commands" KEYRITE_CRASH_REPORT="$report" \
    RUST_BACKTRACE=0 cargo test --locked --release --quiet --test crash -- --include-ignored act:: >"$log" 2> >(tee -a "$log" >&2) || status=1
if [[ "$status" -ne 0 ]]; then
    cat "$log" >&2
fi
show
[[ -s "$report" ]] || status=1
exit "$status"
