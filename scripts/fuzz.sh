#!/usr/bin/env bash
# Fuzzes the decoders of crates/parse and prints one row of a table for each target; see fuzz/README.md.
#
#   scripts/fuzz.sh                       every target, 600 seconds each
#   scripts/fuzz.sh 60 bolt journal_file  these targets, 60 seconds each
#   FUZZ_JOBS=1 scripts/fuzz.sh           one at a time instead of one per core
#
# What finds a fault is kept in fuzz/artifacts/TARGET, what reaches new code in fuzz/corpus/TARGET, and the
# output of each run in fuzz/logs/TARGET. Ends with status 1 when any target failed.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "$(readlink -f "$0")")/environment.sh"

# The longest input: the longest seed is a journal of 52 KiB.
longest=65536
# A decoder that needs longer for 64 KiB, or more than this, has lost a bound.
slowest_seconds=20
memory_mib=2048

fuzz_one() {
    local target=$1 seconds=$2 log corpus status=0 times
    log=fuzz/logs/$target corpus=fuzz/corpus/$target
    mkdir -p "$corpus" "fuzz/artifacts/$target" fuzz/logs
    TIMEFORMAT='%U %S'
    times=$({ time "$CARGO_TARGET_DIR/$triple/release/$target" "$corpus" "fuzz/seeds/$target" \
        -max_total_time="$seconds" -rss_limit_mb="$memory_mib" -timeout="$slowest_seconds" -max_len="$longest" \
        -artifact_prefix="fuzz/artifacts/$target/" -print_final_stats=1 >"$log" 2>&1; } 2>&1) || status=$?
    # The last line of progress: `#123 DONE cov: 45 ft: 67 corp: 8/9b …`.
    local cpu runs coverage kept peak found
    cpu=$(awk '{ printf "%d", $1 + $2 }' <<<"$times")
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
    coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2 || true)
    kept=$(grep -o 'corp: [0-9]*' "$log" | tail -1 | cut -d' ' -f2 || true)
    found=$(grep -o 'Test unit written to .*' "$log" | cut -d' ' -f5 | xargs -r -n1 basename | xargs || true)
    if [ "$status" -ne 0 ]; then
        found="**${found:-failed, see $log}**"
    fi
    echo "| $target | $seconds | $cpu | ${runs:--} | ${coverage:--} | ${kept:--} | ${peak:--} | ${found:-none} |"
    return "$status"
}

if [ "${1:-}" = --one ]; then
    fuzz_one "$2" "$3"
    exit
fi

if ! cargo fuzz --version >/dev/null 2>&1; then
    printf 'cargo-fuzz is missing. Install it, then run this again:\n\n  cargo install --locked cargo-fuzz\n' >&2
    exit 1
fi
if ! command -v c++ >/dev/null; then
    printf 'A C++ compiler is missing, which libFuzzer is built with; on Debian or Ubuntu, as root:\n\n' >&2
    printf '  apt-get install --yes --no-install-recommends g++\n\nThen run this again.\n' >&2
    exit 1
fi
seconds=${1:-600}
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: scripts/fuzz.sh [seconds] [target...]" >&2
    exit 2
fi
shift || true
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
    mapfile -t targets < <(find fuzz/fuzz_targets -name '*.rs' -printf '%f\n' | sed 's/\.rs$//' | sort)
fi

# The instrumentation is an unstable option of the compiler; this variable allows it on a stable one. No
# address sanitizer: the decoders have no unsafe code, and without it there are twice as many runs.
# Assertions and overflow checks are on.
triple=$(rustc -vV | sed -n 's/^host: //p')
export RUSTC_BOOTSTRAP=1 triple
for target in "${targets[@]}"; do
    cargo fuzz build --sanitizer none --target "$triple" --target-dir "$CARGO_TARGET_DIR" "$target" >&2
done

echo "| target | seconds | CPU seconds | runs | coverage | corpus | peak MiB | faults |"
echo "|---|---|---|---|---|---|---|---|"
printf '%s\n' "${targets[@]}" | xargs -P "${FUZZ_JOBS:-$(nproc)}" -I{} "scripts/$(basename "$0")" --one {} "$seconds" ||
    { echo "A target failed; its log is in fuzz/logs, the input in fuzz/artifacts." >&2; exit 1; }
