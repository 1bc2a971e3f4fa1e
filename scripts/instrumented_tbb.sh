#!/bin/bash
# Build oneTBB with the thread sanitizer: instrumented_tbb.sh DIRECTORY
# A scheduler that is not instrumented hides from the sanitizer how threads wait for each other, so
# that every result handed over would look like a race. The source is Debian's; where it can't be had, 77 is
# returned, which Automake and Meson take for a test that was skipped.
set -euo pipefail
directory=$(realpath -m "$1")
tools=$(realpath .venv/bin)
[ -e "$directory/lib/cmake/TBB/TBBConfig.cmake" ] && exit 0

work=$directory/work
rm -rf "$directory"
mkdir -p "$work/lists/partial"
cd "$work"
fail() { echo "tenfold: no source of oneTBB to build for the thread sanitizer: $1" >&2; exit 77; }
command -v apt-get >/dev/null || fail "there is no apt-get"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || fail "there is no $keyring"
echo "deb-src [signed-by=$keyring] http://deb.debian.org/debian bookworm main" > sources.list
apt=(apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
     -o Dir::State::Lists="$work/lists" -o APT::Sandbox::User="$(id -un)")
"${apt[@]}" update || fail "apt-get update failed"
"${apt[@]}" source --download-only onetbb || fail "apt-get source failed"
mkdir source
tar -xf onetbb_*.orig.tar.* -C source --strip-components=1

echo "tenfold: building oneTBB for the thread sanitizer (once)"
"$tools/cmake" -G Ninja -S source -B build -DCMAKE_MAKE_PROGRAM="$tools/ninja" \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTBB_SANITIZE=thread -DTBB_TEST=OFF -DTBB_STRICT=OFF \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DTBBMALLOC_BUILD=OFF -DTBB4PY_BUILD=OFF -DCMAKE_INSTALL_PREFIX="$directory" \
    -DCMAKE_INSTALL_LIBDIR=lib --log-level=ERROR -Wno-dev
"$tools/cmake" --build build
"$tools/cmake" --install build > /dev/null
rm -rf "$work"
