#pragma once

/// Run-time dispatch of the hot loops.
///
/// A function marked TENFOLD_HOT is compiled once for baseline x86-64 and once each for the AVX2 and
/// AVX-512 levels; the loader picks what the processor has. Everything it calls is inlined into it, so
/// that nothing compiled for a newer processor can be reached by an older one. Results are the same on
/// all levels: contraction to fused multiply-adds is off for the whole library.

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__gnu_linux__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define TENFOLD_HOT [[gnu::target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4"), gnu::flatten]]
#else
#define TENFOLD_HOT
#endif
