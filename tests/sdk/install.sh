#!/bin/sh
# Installs what others wrote and the tests hold Portner against (SDKs, a mail server), into tests/sdk/.venv.
# Does nothing when they are there. On Debian it also installs Python, if it may.
set -eu
cd "$(dirname "$0")"

if cmp -s requirements.txt .venv/installed.txt; then
    exit 0
fi
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update
        apt-get install -y --no-install-recommends python3 python3-venv
    else
        echo "The tests need Python 3 with venv: apt-get install python3 python3-venv" >&2
        exit 1
    fi
fi
python3 -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
cp requirements.txt .venv/installed.txt
