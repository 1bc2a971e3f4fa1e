#!/bin/sh
# Make sure that there is a browser that runs without a screen: need_browser.sh
# Prints one line where there is none and none can be had: tests of pages are skipped then.
set -eu
found() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
found >/dev/null && exit 0
"$(dirname "$0")/apt_install.sh" chromium || true
found >/dev/null && exit 0
echo "tenfold: Chromium is missing, so reports are not opened in a browser; install chromium" >&2
