#include "kernels/lanes.hpp"

namespace tenfold::kernels {

bool has_lanes() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return true;
#endif
}

}  // namespace tenfold::kernels
