#!/bin/bash
# Run searches through Python over the engine of a sanitizer's build: sanitized_searches.sh asan|tsan
# The runtime is loaded before Python, which is not instrumented itself: so leaks, which are its own, are not
# looked for, and numerical libraries keep to one thread, whose hand-overs the thread sanitizer could not follow.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
runtime() { realpath "$("${CXX:-g++}" -print-file-name="lib$1.so")"; }
case $preset in
    asan) preload="$(runtime asan):$(runtime ubsan):$(runtime stdc++)" ;;
    tsan) preload="$(runtime tsan):$(runtime stdc++)" ;;
    *) echo "sanitized_searches.sh asan|tsan" >&2; exit 2 ;;
esac
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONMALLOC=malloc JOBLIB_MULTIPROCESSING=0
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS="suppressions=$PWD/tests/cpp/tsan.supp:halt_on_error=1:ignore_noninstrumented_modules=1"
env LD_PRELOAD="$preload" .venv/bin/python -m tests.sanitized "build/$preset"
