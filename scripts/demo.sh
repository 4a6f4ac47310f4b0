#!/usr/bin/env bash
# `make demo`: a recorded escape (lab/recordings/bind-mount-write) from its log to verified data.
# Offline after the build, without root, on copies in a temporary directory that stays for you to look at.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "$(readlink -f "$0")")/environment.sh"

scripts/setup-tests.sh build
echo "building (some minutes the first time)" >&2
# The same build as `make test` uses: whichever runs first, the other starts at once.
cargo build --quiet --locked --package cli --package xtask

directory=$(mktemp -d "${TMPDIR:-/tmp}/yobitsugi-demo.XXXXXX")
cat >&2 <<TEXT

A container on the host web-01 was given the host's root at /host, and somebody used it.
What is left: the audit log, and a restic repository. The damaged tree lies in
  $directory/demo/target
TEXT
code=0
scripts/investigate-recording.sh lab/recordings/bind-mount-write "$directory/demo" || code=$?
# 10: done, and there is an incident (docs/exit-codes.md).
if [ "$code" -ne 10 ]; then
    echo "the demonstration ended with code $code instead of 10; what it made is in $directory/demo" >&2
    exit 1
fi
cat >&2 <<TEXT

The program:        $CARGO_TARGET_DIR/debug/yobitsugi
The report, 日本語:  $directory/demo/case/report/report.ja.html
Clean up:           rm -r $directory
TEXT
