#!/usr/bin/env bash
# Installs what the tests need and this machine lacks; says nothing when nothing is lacking.
# Without root it says what is lacking and how to install it, and ends with status 1.
#
#   scripts/setup-tests.sh          for `make test`
#   scripts/setup-tests.sh build    only what compiling needs, for `make demo`
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "$(readlink -f "$0")")/environment.sh"

# program, Debian package, what needs it. `cargo xtask tidy` compares this table with the programs
# that tests start.
build_programs="
cc       build-essential  compiling zstd, xz and SQLite
"
test_programs="
chattr   e2fsprogs  restore: files that nobody may change (root)
cp       coreutils  backup: a repository whose times are all new
git      git        tidy: which files belong to the repository
mkfifo   coreutils  intake: a named pipe is refused
mkfs.ext4 e2fsprogs restore: a disk that is full (root)
mount    mount      restore: a mount swapped in, a disk that is full (root)
python3  python3    custody: the verifier that needs nothing of ours
restic   restic     backup: repositories made by restic itself
tar      tar        intake: archives made by GNU tar
umount   mount      restore: the same
"

missing=()
missing_packages=()
look_for() {
    local program package needed_by
    while read -r program package needed_by; do
        [ -n "$program" ] || continue
        if ! command -v "$program" >/dev/null && ! [ -x "/sbin/$program" ]; then
            missing+=("  $program (package $package): $needed_by")
            missing_packages+=("$package")
        fi
    done <<<"$1"
}

look_for "$build_programs"
if [ "${1:-}" != build ]; then
    look_for "$test_programs"
fi

if [ "${#missing[@]}" -gt 0 ]; then
    install="apt-get install --yes --no-install-recommends ${missing_packages[*]}"
    if ! command -v apt-get >/dev/null; then
        printf 'Missing on this machine, which has no apt-get; install these by its own means:\n' >&2
        printf '%s\n' "${missing[@]}" >&2
        exit 1
    elif [ "$(id -u)" -ne 0 ]; then
        printf 'Missing on this machine:\n' >&2
        printf '%s\n' "${missing[@]}" >&2
        printf 'Installing them takes root; as root:\n\n  apt-get update && %s\n\nThen run this again.\n' "$install" >&2
        exit 1
    fi
    printf 'installing: %s\n' "${missing_packages[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    # shellcheck disable=SC2086 # a list of words
    if ! { $install || { apt-get update && $install; }; } >"$log" 2>&1; then
        cat "$log" >&2
        printf 'apt-get could not install: %s\n' "${missing_packages[*]}" >&2
        exit 1
    fi
fi

# The test runner gives each test its own process: the ones that are killed on purpose need it.
# The version is fixed, so that the same runner runs everywhere; any installed one will do.
if [ "${1:-}" != build ] && ! cargo nextest --version >/dev/null 2>&1; then
    echo "installing cargo-nextest (some minutes, once)" >&2
    # Compiled for a short build, not for a fast program: it waits for tests most of its time.
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 \
        cargo install --quiet --locked cargo-nextest --version 0.9.143
fi
