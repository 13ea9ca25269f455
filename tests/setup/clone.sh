#!/usr/bin/env bash
# Build output is shared by all clones, and test binaries know the folder that they were built in. Cargo takes the build
# of another clone for this one's when that is newer: after a change of folder our own sources count as changed.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

stamp=$cache/built-from
mkdir -p "$cache"
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$repo" ]; then
    say "built from another folder before: building our own crates anew"
    find "$repo/sidecar" "$repo/tests" "$repo/src-tauri" -name '*.rs' -exec touch {} +
    printf '%s\n' "$repo" >"$stamp"
fi
