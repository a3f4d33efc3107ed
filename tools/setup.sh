#!/bin/sh
# Sets up .venv: Python, the pinned libraries, this package with its page, and the test tools.
#
# Nothing is asked of the machine but some Python or uv, and nothing is written outside this folder except the caches of
# pip and uv. Quick when done already: a stamp in .venv remembers what was installed, and where.
set -eu
cd "$(dirname "$0")/.."

OLDEST=3.12
NEWEST=3.14
STAMP=.venv/double-bind.stamp
TOOLS=.venv-uv # a private uv, made only where no usable Python was found

say() { printf '%s\n' "setup: $*" >&2; }

wanted() { { cat pyproject.toml constraints.txt tools/setup.sh && pwd; } | cksum; }

# A command by that name may be a shim that fails, so every candidate is run before it is believed.
fits() {
    "$1" -c "
import sys
oldest, newest = (tuple(map(int, text.split('.'))) for text in ('$OLDEST', '$NEWEST'))
sys.exit(not oldest <= sys.version_info[:2] <= newest)" >/dev/null 2>&1
}

# Debian ships Python without the parts that make an environment; uv needs none of them.
makes_environments() { "$1" -c "import ensurepip, venv" >/dev/null 2>&1; }

runs() { "$1" -c "" >/dev/null 2>&1; }

interpreters() {
    for name in python3.13 python3.14 python3.12 python3 python; do
        command -v "$name" || true
    done
    home=${HOME:-/nonexistent}
    root=$(pyenv root 2>/dev/null || echo "$home/.pyenv")
    for path in "$root"/versions/*/bin/python "$home"/.pyenv/versions/*/bin/python /usr/local/bin/python3* \
        /opt/homebrew/bin/python3* /opt/*/bin/python3 /usr/bin/python3; do
        if [ -x "$path" ]; then echo "$path"; fi
    done
}

first_that() { # first_that TEST [TEST]: the first interpreter that passes
    interpreters | while IFS= read -r python; do
        if "$1" "$python" && "${2:-true}" "$python"; then
            echo "$python"
            break
        fi
    done
}

make_with_uv() { # make_with_uv UV never|automatic: the second word says whether uv may download a Python
    for version in 3.13 ">=$OLDEST,<=$NEWEST"; do
        rm -rf .venv
        UV_PYTHON_DOWNLOADS=$2 "$1" venv --quiet --python "$version" .venv >/dev/null 2>&1 && fits .venv/bin/python && return
    done
    return 1
}

fetch_uv() {
    python=$(first_that runs makes_environments)
    [ -n "$python" ] || return 1
    say "fetching uv, which can fetch a Python"
    rm -rf "$TOOLS" && "$python" -m venv "$TOOLS" && "$TOOLS/bin/python" -m pip install --quiet uv
}

make_environment() {
    # Only an environment is ever replaced: a folder of somebody's own called .venv stays.
    if [ -e .venv ] && [ ! -f .venv/pyvenv.cfg ]; then
        say "there is a .venv here that is no Python environment; move it away and try again."
        exit 1
    fi
    if uv=$(command -v uv) && make_with_uv "$uv" never; then return; fi
    python=$(first_that fits makes_environments)
    if [ -n "$python" ]; then
        rm -rf .venv
        "$python" -m venv .venv && return
    fi
    if uv=$(command -v uv) && make_with_uv "$uv" automatic; then return; fi
    if fetch_uv && make_with_uv "$TOOLS/bin/uv" automatic; then return; fi
    rm -rf .venv
    say "Python $OLDEST to $NEWEST is needed and was neither found nor fetched. Install one (Debian 13 and Ubuntu 24.04 on: apt" \
        "install python3-venv; macOS: brew install python@3.13; anywhere: uv python install 3.13), then try again."
    exit 1
}

install_with_uv() {
    uv=$(command -v uv) || uv=$TOOLS/bin/uv
    [ -x "$uv" ] || return 1
    "$uv" pip install --quiet --python .venv/bin/python --constraints constraints.txt --editable '.[viz]' --group test
}

install_with_pip() {
    .venv/bin/python -m ensurepip >/dev/null 2>&1 || true
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' # the first to know --group
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
        --editable '.[viz]' --group test
}

if [ "$(cat "$STAMP" 2>/dev/null)" = "$(wanted)" ] && fits .venv/bin/python; then
    exit 0
fi
fits .venv/bin/python || make_environment
say "installing the libraries into .venv with Python $(.venv/bin/python -c 'import platform; print(platform.python_version())')" \
    "(about a minute)"
rm -f "$STAMP"
if ! install_with_uv; then
    install_with_pip || { say "the libraries could not be installed; the reason stands above."; exit 1; }
fi
wanted >"$STAMP"
