#!/usr/bin/env bash
# Everything that building, testing and the demo need.
set -euo pipefail
here=$(dirname "$0")
"$here/rust.sh"
"$here/debian.sh"
"$here/mongodb.sh"
"$here/ui.sh"
"$here/clone.sh"
