#pragma once

/// Numbers that tell contents apart: what unseeded draws depend on, in place of positions in lists.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "tenfold/random.hpp"

namespace tenfold {

/// Mixes one number into a digest.
[[nodiscard]] constexpr std::uint64_t digest_of(std::uint64_t value, std::uint64_t digest = 0) {
  return mix(digest ^ value);
}
[[nodiscard]] constexpr std::uint64_t digest_of(double value, std::uint64_t digest = 0) {
  return mix(digest ^ std::bit_cast<std::uint64_t>(value));
}

/// Mixes an array of numbers into a digest, its length included.
template <typename T>
[[nodiscard]] std::uint64_t digest_of(std::span<const T> values, std::uint64_t digest = 0) {
  static_assert(std::is_arithmetic_v<T>);
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  const std::size_t n_bytes = values.size_bytes();
  digest = digest_of(std::uint64_t{n_bytes}, digest);
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= n_bytes; at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + at, sizeof word);
    digest = mix(digest ^ word);
  }
  if (at < n_bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + at, n_bytes - at);
    digest = mix(digest ^ word);
  }
  return digest;
}

}  // namespace tenfold
