#!/usr/bin/env bash
# `make test`: sets up what the tests need, then everything that continuous integration runs.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname "$(readlink -f "$0")")/environment.sh"

scripts/setup-tests.sh
exec cargo xtask ci
