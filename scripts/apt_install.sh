#!/bin/sh
# Install Debian packages where this user may: apt_install.sh PACKAGE...
# Fails without asking anything where it may not.
set -eu
command -v apt-get >/dev/null || exit 1
if [ "$(id -u)" = 0 ]; then root=; elif sudo -n true 2>/dev/null; then root=sudo; else exit 1; fi
echo "tenfold: installing $* with apt-get"
$root apt-get update -qq
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
