# Read by the other scripts: where things are, and how they speak.
# shellcheck shell=bash
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${VIGIL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigil}
mkdir -p "$cache"

say() { printf 'set-up: %s\n' "$*"; }

# fail WHAT NEXT_STEP
fail() {
    printf 'set-up: %s\n        %s\n' "$1" "$2" >&2
    exit 1
}
