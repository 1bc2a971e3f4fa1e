/// The files that are written for AVX-512 are compiled for it, and used wherever the processor can run them:
/// else every test of trees would pass on the plain ones alone.

#include "trees/ordered/wide_vectors.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace tenfold::ordered {
namespace {

#if defined(__linux__) && defined(__x86_64__)

/// What Linux says that the first processor offers, and itself supports.
std::set<std::string> processor_flags() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name == "flags") {
      return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
    }
  }
  return {};
}

TEST(WideVectors, AreUsedWhereTheProcessorOffersThem) {
  const std::set<std::string> flags = processor_flags();
  ASSERT_TRUE(flags.contains("sse2")) << "/proc/cpuinfo has no flags of an x86-64 processor";
  bool offered = true;
  for (const char* const flag : {"avx512f", "avx512bw", "avx512dq", "avx512vl"}) {
    offered = offered && flags.contains(flag);
  }
  EXPECT_EQ(has_wide_vectors(), offered);
}

#endif

}  // namespace
}  // namespace tenfold::ordered
