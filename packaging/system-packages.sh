#!/bin/sh
# Make sure the Debian packages of a role are there: install them when allowed, else name them and stop.
# Usage: packaging/system-packages.sh build|desk|laptop|test; laptop: a camera, and the letters on a card's back
set -eu

case "${1:-}" in
    build) wanted="python3-venv python3-dev gcc libc6-dev libpcsclite-dev" ;;
    desk) wanted="pcscd libccid libpcsclite1 libzbar0" ;;
    laptop) wanted="ffmpeg tesseract-ocr" ;;
    test) wanted="pcscd libccid vsmartcard-vpcd opensc openssh-server postgresql ffmpeg tesseract-ocr fonts-ocr-b" ;;
    *) echo "usage: $0 build|desk|laptop|test" >&2; exit 2 ;;
esac

command -v dpkg-query >/dev/null 2>&1 || { echo "Not a Debian system: install the counterparts of: $wanted" >&2; exit 0; }

missing=""
for package in $wanted; do
    status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ]; then as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo"
else
    echo "These Debian packages are missing:$missing" >&2
    echo "Ask for: apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

echo "Installing Debian packages:$missing" >&2
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # word splitting is wanted for the list and for an empty prefix
if ! { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "apt-get failed; its words are above" >&2
    exit 1
fi
rm -f "$log"
