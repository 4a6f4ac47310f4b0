#!/usr/bin/env bash
# `make lab [SCENARIOS=…]`: records escapes on this machine now, investigates each, restores its data, and judges
# all of it against the truth that the lab found without any log. Needs what lab/README.md says: root, no other
# audit daemon.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "$(readlink -f "$0")")/environment.sh"

cargo build --quiet --locked --package cli --package xtask
# shellcheck disable=SC2086 # a list of names
recorded=$(lab/live ${SCENARIOS:-})
directory=$(mktemp -d "${TMPDIR:-/tmp}/yobitsugi-lab.XXXXXX")
failed=0
# A scenario may have several logs and has one truth.
while read -r scenario truth; do
    code=0
    scripts/investigate-recording.sh "$(dirname "$truth")" "$directory/$scenario" >"$directory/$scenario.out" 2>&1 || code=$?
    if [ "$code" -ne 0 ] && [ "$code" -ne 10 ]; then
        echo "$scenario: the investigation ended with code $code; see $directory/$scenario.out" >&2
        failed=1
    elif ! python3 scripts/judge.py "$truth" "$directory/$scenario"; then
        failed=1
    fi
done < <(cut -f1,3 <<<"$recorded" | sort -u)
echo "cases: $directory" >&2
exit "$failed"
