#!/usr/bin/env bash
# Investigates one recording of the lab the whole way, on copies: investigate-recording.sh RECORDING DIR
#
# DIR is made: DIR/target is what the damaged host's / looks like, DIR/backup and DIR/copies hold its
# repository and plain copies, DIR/case the case. Needs no root and no network. Ends with the exit code of the investigation.
set -euo pipefail
recording=$(readlink -f "$1")
directory=$2
# shellcheck source=scripts/environment.sh
source "$(dirname "$(readlink -f "$0")")/environment.sh"

mkdir -p "$directory"
directory=$(readlink -f "$directory")
cargo xtask unpack "$recording/target.tar.zst" "$directory/target/srv"
cargo xtask unpack "$recording/backup/restic.tar.zst" "$directory/backup"
cargo xtask unpack "$recording/backup/snapshots.tar.zst" "$directory/copies"
printf 'yobitsugi-lab\n' >"$directory/password"

command=("$CARGO_TARGET_DIR/debug/yobitsugi" investigate "$recording/evidence"
    --case "$directory/case"
    --backup "restic:$directory/backup/restic" --password-file "$directory/password"
    --backup "dir:$directory/copies/snapshots?root=/srv/host"
    --target "$directory/target" --approve)
printf '\n  $ %s\n\n' "${command[*]/#$CARGO_TARGET_DIR\/debug\//}" >&2
exec "${command[@]}"
