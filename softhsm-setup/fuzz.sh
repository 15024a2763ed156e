#!/usr/bin/env bash
# Fuzzes what reads input from outside: long campaigns of the targets in tests/fuzz/, led by coverage.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: fuzz.sh [--executions N] [--seconds S] [--list] [TARGET... | all]

Builds tests/fuzz/ with libFuzzer, in release mode with overflow checks and debug assertions, and runs each TARGET
(all, if none is named) until it has run N times (10 million, if nothing is said) or S seconds have passed. The
toolchain is the stable one; libFuzzer comes with Debian's libclang-rt-14-dev, or the directory of
libclang_rt.fuzzer_no_main-x86_64.a is named by KEYRITE_LIBFUZZER.

The corpus of a target grows in fuzz/corpus/TARGET below Cargo's target directory, from the seeds in
tests/vectors and tests/golden; what made a target fail is kept in fuzz/crashes/TARGET, and what it printed in
fuzz/log/TARGET. One line for each target says how often it ran and what came of it.

  --executions N   how often each target runs
  --seconds S      how long each target runs at most
  --list           only print the names of the targets

To see a failure again:  fuzz.sh TARGET --input FILE

Exit status: 0 nothing was found, 1 a target failed, 2 it could not be run.
TXT
}

executions=10000000
seconds=0
list=false
input=""
wanted=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --executions | --seconds | --input)
            [[ $# -ge 2 ]] || { usage >&2; exit 2; }
            case "$1" in
                --executions) executions="$2" ;;
                --seconds) seconds="$2" ;;
                --input) input="$(realpath -- "$2")" ;;
            esac
            shift
            ;;
        --list) list=true ;;
        -*) usage >&2; exit 2 ;;
        all) ;;
        *) wanted+=("$1") ;;
    esac
    shift
done
for number in "$executions" "$seconds"; do
    [[ "$number" =~ ^[0-9]+$ ]] || { usage >&2; exit 2; }
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t targets < <(sed -n 's/^ *Target { name: "\([a-z-]*\)".*/\1/p' tests/fuzz/targets.rs)
if $list; then
    printf '%s\n' "${targets[@]}"
    exit 0
fi
[[ ${#wanted[@]} -gt 0 ]] || wanted=("${targets[@]}")
for name in "${wanted[@]}"; do
    if [[ " ${targets[*]} " != *" $name "* ]]; then
        echo "error: there is no target $name" >&2
        echo "hint: the targets are ${targets[*]}" >&2
        exit 2
    fi
done

host="$(rustc -vV | sed -n 's/^host: //p')"
library="libclang_rt.fuzzer_no_main-${host%%-*}.a"
archive=""
for directory in "${KEYRITE_LIBFUZZER-}" /usr/lib/llvm-*/lib/clang/*/lib/linux /usr/lib/clang/*/lib/linux; do
    [[ -z "$directory" || ! -e "$directory/$library" ]] || archive="$directory/$library"
done
if [[ -z "$archive" ]]; then
    echo "error: no $library, which is libFuzzer" >&2
    echo "hint: apt-get install --no-install-recommends libclang-rt-14-dev, or set KEYRITE_LIBFUZZER" >&2
    exit 2
fi
target="$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/fuzz"
mkdir -p "$target/log"

# What cargo-fuzz does with a nightly toolchain, but for the address sanitizer, which only that one has: unsafe code
# is in the worker alone, which no target reaches. Counters are put into the code that reads: in crates that only
# calculate they would tell nothing, and cost most of the time. Comparisons are not traced, for the same reason; the
# mutations of tests/fuzz/mutation.rs know the words that they would find.
cat >"$target/rustc" <<'SH'
#!/usr/bin/env bash
# rustc, with libFuzzer's counters in the crates that read. The first argument is the path of rustc.
[[ " $* " == *" --target "* ]] || exec "$@"
case " $* " in
    *" --crate-name keyrite "* | *" --crate-name campaign "*) reads=(-C link-arg="$LIBFUZZER" -C link-arg=-lstdc++) ;;
    *" --crate-name der "* | *" --crate-name x509_cert "* | *" --crate-name spki "* | *" --crate-name const_oid "* | \
        *" --crate-name toml"* | *" --crate-name idna "* | *" --crate-name url "*) reads=() ;;
    *) exec "$@" ;;
esac
exec "$@" -C passes=sancov-module -C llvm-args=-sanitizer-coverage-level=3 \
    -C llvm-args=-sanitizer-coverage-inline-8bit-counters -C llvm-args=-sanitizer-coverage-pc-table "${reads[@]}"
SH
chmod +x "$target/rustc"
# With a target named, the flags are not those of build scripts.
program="$(LIBFUZZER="$archive" RUSTC_WRAPPER="$target/rustc" \
    CARGO_ENCODED_RUSTFLAGS=$'--cfg\x1flibfuzzer' \
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true \
    cargo build --locked --release --bench campaign --target "$host" --target-dir "$target/build" \
    --message-format json-render-diagnostics |
    python3 -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("executable") and message["target"]["name"] == "campaign":
        print(message["executable"])')"

if [[ -n "$input" ]]; then
    scratch="$(mktemp -d)"
    trap 'rm -rf "$scratch"' EXIT
    status=0
    "$program" "${wanted[0]}" "$scratch/corpus" "$input" || status=$?
    exit "$((status == 0 ? 0 : 1))"
fi

failed=()
for name in "${wanted[@]}"; do
    corpus="$target/corpus/$name"
    crashes="$target/crashes/$name"
    log="$target/log/$name"
    mkdir -p "$corpus" "$crashes"
    start=$SECONDS
    result=ok
    "$program" "$name" "$corpus" "-runs=$executions" "-max_total_time=$seconds" "-artifact_prefix=$crashes/" \
        -timeout=60 -rss_limit_mb=2048 -entropic=0 -print_final_stats=1 >"$log" 2>&1 || result=FAILED
    count="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    coverage="$(sed -n 's/^#[0-9].* cov: \([0-9]*\) ft: \([0-9]*\).*/\1 edges, \2 features/p' "$log" | tail -n 1)"
    printf '%-14s %10s executions %6d s  %s, %s inputs  %s\n' "$name" "${count:-?}" "$((SECONDS - start))" \
        "${coverage:-no coverage}" "$(find "$corpus" -type f | wc -l)" "$result" | tee -a "$target/campaigns"
    if [[ "$result" != ok ]]; then
        failed+=("$name")
        grep -a -E 'panicked at|SUMMARY|Test unit written|==ERROR' -A 2 "$log" >&2 || true
    fi
done
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "FAILED: ${failed[*]}" >&2
    echo "hint: ./softhsm-setup/fuzz.sh TARGET --input FILE runs one input again" >&2
    exit 1
fi
