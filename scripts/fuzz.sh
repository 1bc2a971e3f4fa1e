#!/bin/bash
# Build the fuzzers with clang and run each for so many seconds: fuzz.sh SECONDS
# An input that ends one is kept in build/fuzz/, and its name is printed; run the fuzzer on that file to see it again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
newest() { compgen -c clang++ | grep -E '^clang[+][+](-[0-9]+)?$' | sort -t- -k2 -n | tail -n 1; }
TENFOLD_CLANG=${TENFOLD_CLANG:-$(newest || true)}
if [ -z "$TENFOLD_CLANG" ]; then
    scripts/apt_install.sh clang-19 libclang-rt-19-dev || true
    TENFOLD_CLANG=$(newest || true)
fi
[ -n "$TENFOLD_CLANG" ] || { echo "tenfold: no clang, so the fuzzers can't be built; install clang-19" >&2; exit 1; }
export TENFOLD_CLANG PATH=$PWD/.venv/bin:$PATH
cmake --preset fuzz --log-level=WARNING
cmake --build --preset fuzz
export LD_LIBRARY_PATH=$PWD/.venv/lib UBSAN_OPTIONS=print_stacktrace=1
for source in tests/fuzz/*_fuzz.cpp; do
    name=$(basename "$source" .cpp)
    mkdir -p "build/fuzz/corpus/$name"
    echo "tenfold: $name, $seconds s"
    "build/fuzz/tests/fuzz/$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=2048 \
        -artifact_prefix="build/fuzz/$name-" -print_final_stats=1 "build/fuzz/corpus/$name" \
        > "build/fuzz/$name.log" 2>&1 || { tail -n 60 "build/fuzz/$name.log"; exit 1; }
    grep -E 'stat::number_of_executed_units|DONE' "build/fuzz/$name.log"
done
