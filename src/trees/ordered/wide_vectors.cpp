#include "trees/ordered/wide_vectors.hpp"

namespace tenfold::ordered {

bool has_wide_vectors() {
#if defined(TENFOLD_AVX512_SOURCES) && defined(__x86_64__) && defined(__GNUC__)
  static const bool can = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                          __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  return can;
#else
  return false;
#endif
}

}  // namespace tenfold::ordered
