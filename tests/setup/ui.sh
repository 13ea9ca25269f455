#!/usr/bin/env bash
# Installs what ui/package-lock.json names; does nothing when that was done for this very lock file.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

next="install Node.js 20.19 or newer (https://nodejs.org), and try again"
command -v node >/dev/null && command -v npm >/dev/null || fail "there is no node and npm on PATH" "$next"
have=$(node --version | tr -d v)
[ "$(printf '%s\n' 20.19.0 "$have" | sort -V | head -n 1)" = 20.19.0 ] || fail "Node $have is too old: 20.19 is needed" "$next"

stamp=$repo/ui/node_modules/.vigil-lock
wanted="$(sha256sum <"$repo/ui/package-lock.json") node $have"
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    say "Node $have, UI packages: as package-lock.json says"
    exit 0
fi
say "UI packages: npm ci"
(cd "$repo/ui" && npm ci --no-audit --no-fund --loglevel=error) || fail "npm ci failed" "look at its message above"
echo "$wanted" >"$stamp"
