#!/bin/sh
# Installs Foleyline for one user on Linux or macOS: its own Python environment with the right torch, the command
# `foleyline`, and the bridges into DaVinci Resolve and Blender. Run it again to repair or to update.
set -eu

usage() {
    cat <<'TEXT'
usage: install.sh [--dry-run] [--uninstall] [--torch auto|cuda|rocm|cpu|apple] [--index URL] [--from SOURCE]
                  [--prefix DIR] [--no-bridges]

  --dry-run      say what would be done, and do nothing
  --uninstall    take everything away again but your takes, settings and models
  --torch BUILD  for which device; found out where it is not said
  --index URL    where pip gets that torch; the usual place for the build if not said
  --from SOURCE  a folder or wheel of Foleyline; this one's own folder if not said
  --prefix DIR   where it goes; ~/.local/share/foleyline, on macOS ~/Library/Application Support/Foleyline
  --no-bridges   leave DaVinci Resolve and Blender alone
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
system=${FOLEYLINE_SYSTEM:-$(uname -s)}
dry=""
uninstall=""
torch=auto
index=""
source_of=$(dirname "$here")
bridges=yes
if [ "$system" = Darwin ]; then
    prefix="$HOME/Library/Application Support/Foleyline"
else
    prefix="${XDG_DATA_HOME:-$HOME/.local/share}/foleyline"
fi
bin="$HOME/.local/bin"

while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry=yes ;;
    --uninstall) uninstall=yes ;;
    --no-bridges) bridges="" ;;
    --torch | --index | --from | --prefix)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        case $1 in
        --torch) torch=$2 ;;
        --index) index=$2 ;;
        --from) source_of=$2 ;;
        --prefix) prefix=$2 ;;
        esac
        shift
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
    shift
done

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}
# Says a command, and runs it unless it is only to be said.
do_it() {
    say "    $*"
    [ -n "$dry" ] || "$@"
}

current="$prefix/current"

# --- uninstall -------------------------------------------------------------------------------------------------------

if [ -n "$uninstall" ]; then
    say "[1/2] The bridges out of DaVinci Resolve and Blender"
    if [ -x "$current/bin/foleyline" ]; then
        if [ -n "$dry" ]; then "$current/bin/foleyline" uninstall --dry-run; else "$current/bin/foleyline" uninstall; fi
    else
        say "    nothing of Foleyline is there"
    fi
    say "[2/2] The environment and the command"
    for gone in "$prefix"/env-* "$current" "$prefix/state"; do
        if [ -e "$gone" ] || [ -L "$gone" ]; then do_it rm -rf "$gone"; fi
    done
    case $(readlink "$bin/foleyline" 2>/dev/null || true) in
    "$current"/*) do_it rm -f "$bin/foleyline" ;;
    esac
    [ -n "$dry" ] || rmdir "$prefix" 2>/dev/null || true
    say "Takes, settings and models are kept."
    exit 0
fi

# --- what this machine has -------------------------------------------------------------------------------------------

find_python() {
    for name in ${FOLEYLINE_PYTHON:-} python3.13 python3.12 python3.11 python3; do
        found=$(command -v "$name" 2>/dev/null) || continue
        "$found" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        say "$found"
        return 0
    done
    return 1
}

find_torch() {
    if [ "$system" = Darwin ]; then
        say apple
    elif command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q GPU; then
        say cuda
    elif [ -e "${FOLEYLINE_KFD:-/dev/kfd}" ] && [ -d "${FOLEYLINE_ROCM:-/opt/rocm}" ]; then
        say rocm
    else
        say cpu
    fi
}

# Megabytes that the environment takes while it is made, measured and rounded up.
need_of() {
    case $1 in
    cuda) say 11000 ;;
    rocm) say 24000 ;;
    *) say 3500 ;;
    esac
}

# The first two numbers of the ROCm that is installed.
rocm_version() {
    sed -n 's/^\([0-9]*\.[0-9]*\).*/\1/p' "${FOLEYLINE_ROCM:-/opt/rocm}/.info/version" 2>/dev/null | grep . || say 7.1
}

# Where pip finds that build; nothing for what the usual index has for this system.
index_of() {
    case $1 in
    cpu) [ "$system" = Darwin ] || say https://download.pytorch.org/whl/cpu ;;
    rocm) say "https://download.pytorch.org/whl/rocm$(rocm_version)" ;;
    esac
}

free_in() {
    there=$1
    while [ ! -d "$there" ]; do there=$(dirname "$there"); done
    df -Pk "$there" | awk 'NR == 2 { print int($4 / 1024) }'
}

say "[1/6] What is here"
python=$(find_python) || fail "No Python 3.11 or newer with venv was found. Nothing was installed. Install one, then run this again."
[ "$torch" != auto ] || torch=$(find_torch)
case $torch in
cuda | rocm | cpu | apple) ;;
*) fail "“$torch” is no build of torch: cuda, rocm, cpu or apple." ;;
esac
say "    Python: $python"
say "    torch: $torch"
say "    to: $prefix"
[ -e "$source_of" ] || fail "$source_of is not there. Nothing was installed."

say "[2/6] Space"
need=${FOLEYLINE_NEED_MB:-$(need_of "$torch")}
free=$(free_in "$prefix")
say "    $need MB needed, $free MB free"
[ "$free" -ge "$need" ] ||
    fail "Not enough space in $prefix: $need MB needed, $free MB free. Nothing was installed. Choose another folder with --prefix."

# --- the environment: a new one beside the old, which is kept until the new one has answered -------------------------

new="$prefix/env-$(date +%Y%m%d%H%M%S)-$$"
clean_up() {
    if [ -n "$dry" ]; then return; fi
    if [ -d "$new" ] && [ "$(readlink "$current" 2>/dev/null || true)" != "$new" ]; then
        rm -rf "$new"
        [ -e "$prefix/state" ] && printf 'incomplete\n' >"$prefix/state"
        say "It was not finished. What was installed before is still there; run this again." >&2
    fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

say "[3/6] An environment of its own"
do_it mkdir -p "$prefix"
[ -n "$dry" ] || printf 'incomplete\n' >"$prefix/state"
do_it "$python" -m venv "$new"

say "[4/6] torch and Foleyline, which takes a few minutes"
[ -n "$index" ] || index=$(index_of "$torch")
if [ -n "$index" ]; then
    do_it "$new/bin/python" -m pip install --quiet --disable-pip-version-check --index-url "$index" "torch==2.13.*"
fi
case $source_of in
*.whl) wanted="$source_of" ;;
*) wanted=$(cd "$source_of" && pwd) ;;
esac
do_it "$new/bin/python" -m pip install --quiet --disable-pip-version-check "$wanted[plugin,engine]"

say "[5/6] The command"
if [ -z "$dry" ]; then
    version=$("$new/bin/foleyline" --version) || fail "The new environment does not answer. What was there before is kept."
    old=$(readlink "$current" 2>/dev/null || true)
    ln -s "$new" "$current.$$"
    mv -f "$current.$$" "$current.new"
    rm -f "$current"
    mv "$current.new" "$current"
    printf '%s\n' "$version" >"$prefix/state"
    if [ -n "$old" ] && [ "$old" != "$new" ] && [ -d "$old" ]; then rm -rf "$old"; fi
fi
do_it mkdir -p "$bin"
do_it ln -sfn "$current/bin/foleyline" "$bin/foleyline"

say "[6/6] The bridges into DaVinci Resolve and Blender"
if [ -z "$bridges" ]; then
    say "    left alone"
elif [ -n "$dry" ]; then
    say "    $current/bin/foleyline install"
else
    "$current/bin/foleyline" install | sed 's/^/    /'
fi

[ -z "$dry" ] || { say "Nothing was done."; exit 0; }
say "Foleyline $version is installed."
case :$PATH: in
*:"$bin":*) ;;
*) say "Add $bin to your PATH to call it as “foleyline”." ;;
esac
