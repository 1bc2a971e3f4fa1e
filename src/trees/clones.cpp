#include "clones.hpp"

#include "tenfold/tree.hpp"

namespace tenfold {

const char* instruction_set() {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
      __builtin_cpu_supports("avx512vl") != 0) {
    return "avx512";
  }
  if (__builtin_cpu_supports("avx2") != 0) {
    return "avx2";
  }
#endif
  return "baseline";
}

}  // namespace tenfold
