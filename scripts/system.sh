#!/usr/bin/env sh
# Installs what the demo and the tests need where it is missing: programs they compare with (ffmpeg, melt), and the
# libraries and the font that the panel's window takes from the system, with a screen or without.
set -eu
missing=""
command -v ffmpeg >/dev/null 2>&1 || missing="$missing ffmpeg"
command -v melt >/dev/null 2>&1 || missing="$missing melt"
command -v espeak-ng >/dev/null 2>&1 || missing="$missing espeak-ng"
if [ -x /sbin/ldconfig ]; then
    libraries=$(/sbin/ldconfig -p)
    for pair in libEGL.so.1=libegl1 libGL.so.1=libgl1 libxkbcommon.so.0=libxkbcommon0 libdbus-1.so.3=libdbus-1-3 \
        libfontconfig.so.1=libfontconfig1 libglib-2.0.so.0=libglib2.0-0 libpulse.so.0=libpulse0; do
        case "$libraries" in *"${pair%=*} "*) ;; *) missing="$missing ${pair#*=}" ;; esac
    done
    [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || missing="$missing fonts-dejavu-core"
fi
command -v luajit >/dev/null 2>&1 || missing="$missing luajit"
[ -z "$missing" ] && exit 0
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo"
if command -v apt-get >/dev/null 2>&1; then
    echo "installing$missing"
    $sudo apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Please install:$missing" >&2
    exit 1
fi
