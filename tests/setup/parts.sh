#!/usr/bin/env bash
# Runs parts of `make test` one after the other, all of them even when one fails, with the time each took,
# and closes with one line of counts over all test runners. A part that failed without a failed test counts as one.
# usage: parts.sh PART...
set -uo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"
cd "$repo" || exit 1

logs=$cache/log
mkdir -p "$logs"
passed=0 failed=0 broken=() table=()

# count LOG WORD: sums what the runners' closing lines say (nextest, cargo test, vitest).
count() {
    sed -nE \
        -e "/^ *Summary \[.*tests? run:/s/.*[:,] ([0-9]+) $2.*/\1/p" \
        -e "/^test result:/s/.*[ .] ([0-9]+) $2;.*/\1/p" \
        -e "/^ *Tests  /s/.*[ |] ?([0-9]+) $2.*/\1/p" "$1" | awk '{ n += $1 } END { print n + 0 }'
}

for part; do
    printf '\n=== %s ===\n' "$part"
    began=$SECONDS
    make "$part" 2>&1 | tee "$logs/$part.log"
    status=${PIPESTATUS[0]}
    took=$((SECONDS - began))
    ok=$(count "$logs/$part.log" passed)
    bad=$(count "$logs/$part.log" failed)
    verdict=passed
    if [ "$status" -ne 0 ]; then
        verdict=FAILED
        broken+=("$part")
        [ "$bad" -gt 0 ] || bad=1
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    table+=("$(printf '%-12s %-7s %5d s %5d tests' "$part" $verdict $took "$ok")")
done

printf '\n'
printf '%s\n' "${table[@]}"
[ ${#broken[@]} -eq 0 ] || printf '\nFAILED: %s (logs in %s)\n' "${broken[*]}" "$logs"
printf '\n%d passed, %d failed\n' $passed $failed
[ ${#broken[@]} -eq 0 ]
