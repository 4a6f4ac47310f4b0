# Sourced by the other scripts: the checkout, and where compiled things go.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." || exit 1

# One cache for every checkout of this user, outside the tree: a fresh clone builds from it.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/yobitsugi/target}"
export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

if ! command -v cargo >/dev/null; then
    echo "Rust is missing. Install it from https://rustup.rs, then run this again." >&2
    exit 1
fi
