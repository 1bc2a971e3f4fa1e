#!/bin/sh
# Make sure that a C++ library of Debian is there: need_cpp.sh HEADER PACKAGE WHAT
# Prints one line and fails where it is not and can't be had.
set -eu
header=$1 package=$2 what=$3
found() { echo "#include <$header>" | "${CXX:-c++}" -std=c++20 -fsyntax-only -x c++ - 2>/dev/null; }
command -v "${CXX:-c++}" >/dev/null || "$(dirname "$0")/apt_install.sh" g++ || true
if ! command -v "${CXX:-c++}" >/dev/null; then
    echo "tenfold: no C++ compiler found, so nothing can be built; install g++ or set CXX" >&2
    exit 1
fi
found && exit 0
"$(dirname "$0")/apt_install.sh" "$package" || true
found && exit 0
echo "tenfold: $what is missing, so its part can't be built; install $package" >&2
exit 1
