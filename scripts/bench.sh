#!/usr/bin/env bash
# `make bench`: measures reading audit logs, beside ausearch and aureport on the same file.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "$(readlink -f "$0")")/environment.sh"

for program in ausearch aureport; do
    if ! command -v "$program" >/dev/null && ! [ -x "/sbin/$program" ]; then
        echo "$program is missing; as root: apt-get install --no-install-recommends auditd" >&2
        exit 1
    fi
done
exec cargo run --release --quiet --locked --package bench -- auditd "$@"
