#!/bin/sh
# Make a virtual environment: make_venv.sh DIRECTORY
# Takes $PYTHON or the first Python from 3.11 on, and installs Debian's venv package where that is
# what is missing and we may.
set -eu
directory=$1

suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python; do
    if suits "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    echo "tenfold: Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2
    exit 1
fi

if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$(dirname "$0")/apt_install.sh" "python$version-venv" || {
        echo "tenfold: $python has no venv module; install python$version-venv" >&2
        exit 1
    }
fi

rm -rf "$directory"
"$python" -m venv "$directory"
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade pip
