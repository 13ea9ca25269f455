#!/usr/bin/env bash
# Installs the Debian packages that building, testing and the demo need; does nothing when they are there.
# Needs root or sudo only when something is missing. No service is started.
# usage: debian.sh [PACKAGE...]    packages to have besides the usual ones
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

packages=(
    gcc pkg-config curl unzip python3 python3-pip
    redis-server libcurl4
    libwebkit2gtk-4.1-dev libayatana-appindicator3-dev librsvg2-dev
    webkit2gtk-driver xvfb xauth dbus gnome-keyring libsecret-tools libglib2.0-bin
    fonts-dejavu-core imagemagick
    "$@"
)

if ! command -v dpkg-query >/dev/null; then
    say "this is no Debian: not installing anything. Needed here is what Debian calls:"
    say "  ${packages[*]}"
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    say "Debian packages: all ${#packages[@]} are there"
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "these Debian packages are missing: ${missing[*]}" \
        "install them as root (there is no sudo here): apt-get install ${missing[*]}"
    as_root=(sudo)
fi

say "installing Debian packages: ${missing[*]}"
# A package's service must not start: every test and the demo start their own, on ports of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
    "${as_root[@]}" chmod 755 $policy
    trap '"${as_root[@]}" rm -f $policy' EXIT
fi

log=$cache/apt.log
: >"$log"
install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1
}
update() {
    say "apt-get update"
    "${as_root[@]}" apt-get update </dev/null >>"$log" 2>&1
}
# A machine that has lists may have old ones: refresh them once when the install fails.
if [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -print -quit 2>/dev/null)" ] && install; then
    :
elif ! { update && install; }; then
    tail -n 20 "$log" >&2
    fail "apt-get could not install the packages (whole log: $log)" \
        "run apt-get update and apt-get install by hand to see why, then try again"
fi

# Installed by us, for its binary: not for a server that is started with the machine.
if [[ " ${missing[*]} " == *" redis-server "* ]] && [ -d /run/systemd/system ]; then
    "${as_root[@]}" systemctl disable --quiet redis-server || say "could not disable Debian's redis-server service"
fi
say "Debian packages: done"
