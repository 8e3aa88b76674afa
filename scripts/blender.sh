#!/usr/bin/env sh
# Installs the Blenders that the tests of the bridge run in, where they are missing, and says where they are:
# Debian's program with a screen that nobody sees, and two versions of Blender as a Python module.
set -eu
folder=${FOLEYLINE_BLENDERS:-${XDG_CACHE_HOME:-$HOME/.cache}/foleyline/blender}
python=${PYTHON:-$(command -v python3.11 || command -v python3)}

missing=""
# The libraries are what the Python modules ask for, even without a screen.
for package in blender xvfb ffmpeg libxi6 libxxf86vm1 libxfixes3 libxrender1 libgl1 libegl1 libsm6 libxkbcommon0; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok" || missing="$missing $package"
done
if [ -n "$missing" ]; then
    sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo"
    echo "installing$missing" >&2
    $sudo apt-get update -qq >&2
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

module() {
    environment="$folder/bpy-$1"
    [ -e "$environment/ready-$2" ] && return
    echo "installing Blender $2" >&2
    rm -rf "$environment"
    "$python" -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet "bpy==$2" >&2
    touch "$environment/ready-$2"
}

"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
    echo "Blender's Python modules are for Python 3.11. Name one: PYTHON=/path/to/python3.11" >&2
    exit 1
}
mkdir -p "$folder"
module 4.5 4.5.15
module 5.0 5.0.1
echo "$folder"
