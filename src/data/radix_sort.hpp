#pragma once

/// Least-significant-digit radix sort of 64-bit keys by a range of their bits.
///
/// Sorting by rank is the one place where a tree needs order rather than counts; keys carry the rank in
/// the bits that are sorted and whatever belongs to it in the rest. Stable, 8 bits a pass; a pass in
/// which all keys share their digit is skipped.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tenfold {

/// Sorts `keys` by bits [first_bit, last_bit); `scratch` has at least as many elements.
inline void radix_sort(std::span<std::uint64_t> keys, std::span<std::uint64_t> scratch, unsigned first_bit,
                       unsigned last_bit) {
  constexpr unsigned kDigitBits = 8;
  constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
  std::uint64_t* from = keys.data();
  std::uint64_t* to = scratch.data();
  const std::size_t count = keys.size();
  if (count == 0) {
    return;
  }
  for (unsigned shift = first_bit; shift < last_bit; shift += kDigitBits) {
    std::array<std::uint32_t, kDigits> starts{};
    for (std::size_t i = 0; i < count; ++i) {
      ++starts[(from[i] >> shift) & (kDigits - 1)];
    }
    if (starts[(from[0] >> shift) & (kDigits - 1)] == count) {
      continue;
    }
    std::uint32_t sum = 0;
    for (std::uint32_t& start : starts) {
      const std::uint32_t size = start;
      start = sum;
      sum += size;
    }
    for (std::size_t i = 0; i < count; ++i) {
      to[starts[(from[i] >> shift) & (kDigits - 1)]++] = from[i];
    }
    std::swap(from, to);
  }
  if (from != keys.data()) {
    std::copy_n(from, count, keys.data());
  }
}

}  // namespace tenfold
