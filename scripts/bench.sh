#!/usr/bin/env bash
# `make bench`: measures reading beside the tools that people use for it today, and writes bench/results.
#
#   scripts/bench.sh formats [LOG…] [--size 200M] [--seed 1] [--no-record]
#   scripts/bench.sh stages  [LOG…] [--size 500M] [--memory-size 10G] [--no-record]
#   scripts/bench.sh rules   [--size 200M] [--rules 200] [--seed 1] [--no-record]
#   scripts/bench.sh generate LOG [--size 10M] [--seed 1]        a log on standard output
#
# `formats` needs for all its peers, as root:
#   apt-get install --no-install-recommends auditd jq laurel systemd-journal-remote
# One that is missing is said to be missing. The Python peers are installed into the user's cache.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "$(readlink -f "$0")")/environment.sh"

[ $# -gt 0 ] || set -- formats
case "$1" in
    formats)
        peers="${XDG_CACHE_HOME:-$HOME/.cache}/yobitsugi/bench-peers"
        if ! [ -x "$peers/bin/python3" ]; then
            python3 -m venv "$peers"
            "$peers/bin/pip" install --quiet duckdb==2.0.1 polars==2.1.0
        fi
        export PATH="$peers/bin:$PATH:/usr/sbin"
        ;;
    rules)
        peers="${XDG_CACHE_HOME:-$HOME/.cache}/yobitsugi/bench-rule-peers"
        if ! [ -x "$peers/bin/python3" ]; then
            python3 -m venv "$peers"
            "$peers/bin/pip" install --quiet pysigma==2.0.1 pysigma-backend-sqlite==2.1.1
        fi
        export PATH="$peers/bin:$PATH"
        ;;
    stages)
        cargo build --release --quiet --locked --package cli
        set -- "$@" --yobitsugi "$CARGO_TARGET_DIR/release/yobitsugi"
        ;;
esac
exec cargo run --release --quiet --locked --package bench -- "$@"
