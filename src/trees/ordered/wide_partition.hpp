#pragma once

/// scikit-learn's two-pointer partition, sixteen samples at a time; for files that are compiled for AVX-512
/// alone, so all here is in an unnamed namespace.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "trees/ordered/partition_space.hpp"

namespace tenfold::ordered {
namespace {

/// The first lanes, at most sixteen.
inline __mmask16 lanes_below(std::size_t n) {
  return static_cast<__mmask16>(n >= 16 ? 0xffffU : (1U << n) - 1U);
}

inline std::uint32_t count(__mmask16 lanes) {
  return static_cast<std::uint32_t>(__builtin_popcount(lanes));
}

inline __m512i lane_numbers() {
  return _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

inline __m512i reversed(__m512i keys) {
  return _mm512_permutexvar_epi32(_mm512_set_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                  keys);
}

/// Keys are looked at from the front; one that goes right changes places with the last that was not looked
/// at. `space` says which go right. As a whole (see `partition_many`, sample_sort.hpp): the k-th of those in
/// front changes places with the k-th other of the end, counted from the end, but the end as a whole moves
/// down by one place, since the first of those in front comes last.
inline void move_right(std::uint32_t* keys, std::size_t n, std::size_t n_right, const PartitionSpace& space) {
  const std::size_t n_left = n - n_right;
  if (n_right == 0) {
    return;
  }
  const std::uint16_t* const goes_right = space.goes_right;
  // The right-going keys of the front, in their order.
  std::uint32_t* const moved = space.moved + PartitionSpace::kRoom;
  std::size_t n_moved = 0;
  for (std::size_t p = 0; p < n_left; p += 16) {
    const auto right = static_cast<__mmask16>(goes_right[p / 16] & lanes_below(n_left - p));
    if (right != 0) {
      const __m512i own = _mm512_maskz_loadu_epi32(lanes_below(n - p), keys + p);
      _mm512_storeu_si512(moved + n_moved, _mm512_maskz_compress_epi32(right, own));
      n_moved += count(right);
    }
  }
  moved[n_moved] = keys[n_left];  // looked at from the front, after all others
  // The end moves down by one place, its other keys replaced by those, the last first.
  std::uint32_t* const others = space.others + PartitionSpace::kRoom;
  std::size_t n_others = 0;
  for (std::size_t p = n_left / 16 * 16; p < n; p += 16) {
    const __mmask16 lanes = lanes_below(n - p);
    const __m512i own = _mm512_maskz_loadu_epi32(lanes, keys + p);
    const auto front = static_cast<std::uint32_t>(p < n_left ? lanes_below(n_left - p) : 0U);
    const auto other = static_cast<__mmask16>(~std::uint32_t{goes_right[p / 16]} & lanes & ~front);
    __m512i next = own;
    if (other != 0) {
      _mm512_storeu_si512(others + n_others, _mm512_maskz_compress_epi32(other, own));
      next =
          _mm512_mask_expand_epi32(own, other, reversed(_mm512_loadu_si512(moved + n_moved - n_others - 15)));
      n_others += count(other);
    }
    // All but the first of the end, which has nowhere to go down to.
    const auto going = static_cast<__mmask16>(lanes & ~(p <= n_left ? front << 1U | 1U : 0U));
    _mm512_mask_storeu_epi32(keys + p - 1, going, next);
  }
  keys[n - 1] = moved[0];
  for (std::size_t p = 0, taken = 0; taken < n_moved; p += 16) {
    const auto right = static_cast<__mmask16>(goes_right[p / 16] & lanes_below(n_left - p));
    if (right != 0) {
      // The others, the last first.
      const __m512i from_end = reversed(_mm512_loadu_si512(others + n_moved - taken - 16));
      const __m512i own = _mm512_maskz_loadu_epi32(lanes_below(n - p), keys + p);
      _mm512_mask_storeu_epi32(keys + p, right, _mm512_mask_expand_epi32(own, right, from_end));
      taken += count(right);
    }
  }
}

}  // namespace
}  // namespace tenfold::ordered
