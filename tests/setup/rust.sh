#!/usr/bin/env bash
# Checks for a Rust that can build the workspace; it is the one thing, with Node, that is not installed for you.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

next="install Rust from https://rustup.rs, open a new shell, and try again"
command -v cargo >/dev/null || fail "there is no cargo on PATH" "$next"
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$repo/Cargo.toml")
have=$(cd "$repo" && rustc --version | cut -d' ' -f2)
if [ "$(printf '%s\n' "$wanted" "$have" | sort -V | head -n 1)" != "$wanted" ]; then
    fail "Rust $have is too old: $wanted is needed" "rustup update stable"
fi
for component in clippy fmt; do
    cargo "$component" --version >/dev/null 2>&1 || fail "cargo $component is missing" "rustup component add clippy rustfmt"
done
say "Rust: $have"
