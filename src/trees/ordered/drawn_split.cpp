// Compiled for AVX-512 alone (cmake/TenfoldOptions.cmake); it instantiates nothing that others use, lest the
// linker take its copy.

#include "trees/ordered/drawn_split.hpp"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#include "trees/ordered/wide_partition.hpp"

namespace tenfold::ordered {

namespace {

inline __m512 gathered(const float* values, const std::uint32_t* samples, __mmask16 lanes, __m512 otherwise) {
  return _mm512_mask_i32gather_ps(otherwise, lanes, _mm512_maskz_loadu_epi32(lanes, samples), values, 4);
}

/// Which values are above a threshold of another precision.
inline __mmask16 above(__m512 values, __m512d threshold, __mmask16 lanes) {
  const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(values));
  const __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(values, 1));
  const auto both = static_cast<std::uint32_t>(_mm512_cmp_pd_mask(low, threshold, _CMP_GT_OQ)) |
                    static_cast<std::uint32_t>(_mm512_cmp_pd_mask(high, threshold, _CMP_GT_OQ)) << 8U;
  return static_cast<__mmask16>(both & lanes);
}

/// `move_right` of at most sixteen keys, which never leave the register.
__m512i moved_right(__m512i keys, std::uint32_t n, __mmask16 right) {
  const std::uint32_t n_left = n - count(right);
  const std::uint32_t lanes = lanes_below(n);
  const std::uint32_t front = lanes_below(n_left);
  const auto in_front = static_cast<__mmask16>(right & front);
  const auto at_end = static_cast<__mmask16>(~std::uint32_t{right} & lanes & ~front);
  const __m512i numbers = lane_numbers();
  const __m512i n_moved = _mm512_set1_epi32(static_cast<int>(count(in_front)));
  const __m512i others = _mm512_maskz_compress_epi32(at_end, keys);
  const __m512i last = _mm512_permutexvar_epi32(_mm512_set1_epi32(static_cast<int>(n_left)), keys);
  const __m512i moved = _mm512_mask_mov_epi32(_mm512_maskz_compress_epi32(in_front, keys),
                                              _mm512_cmpeq_epi32_mask(numbers, n_moved), last);
  const __m512i backwards = _mm512_sub_epi32(n_moved, numbers);
  const __m512i next = _mm512_mask_expand_epi32(keys, at_end, _mm512_permutexvar_epi32(backwards, moved));
  const __m512i one = _mm512_set1_epi32(1);
  __m512i result = _mm512_permutexvar_epi32(_mm512_add_epi32(numbers, one), next);
  result = _mm512_mask_permutexvar_epi32(result, static_cast<__mmask16>(1U << (n - 1)),
                                         _mm512_setzero_si512(), moved);
  const __m512i taken = _mm512_permutexvar_epi32(_mm512_sub_epi32(backwards, one), others);
  return _mm512_mask_mov_epi32(result, static_cast<__mmask16>(front),
                               _mm512_mask_expand_epi32(keys, in_front, taken));
}

}  // namespace

ValueRange range_of(const float* values, const std::uint32_t* samples, std::uint32_t n) {
  const __m512 any = _mm512_set1_ps(values[samples[0]]);
  __m512 lowest = any;
  __m512 highest = any;
  for (std::uint32_t p = 0; p < n; p += 16) {
    const __m512 own = gathered(values, samples + p, lanes_below(n - p), any);
    lowest = _mm512_min_ps(lowest, own);
    highest = _mm512_max_ps(highest, own);
  }
  return {_mm512_reduce_min_ps(lowest), _mm512_reduce_max_ps(highest)};
}

std::uint32_t divide_at(double threshold, const float* values, std::uint32_t* samples, std::uint32_t n,
                        const PartitionSpace& space) {
  const __m512d limit = _mm512_set1_pd(threshold);
  if (n <= 16) {
    const __mmask16 lanes = lanes_below(n);
    const __mmask16 right = above(gathered(values, samples, lanes, _mm512_setzero_ps()), limit, lanes);
    if (right != 0) {
      const __m512i keys = _mm512_maskz_loadu_epi32(lanes, samples);
      _mm512_mask_storeu_epi32(samples, lanes, moved_right(keys, n, right));
    }
    return n - count(right);
  }
  std::size_t n_right = 0;
  for (std::uint32_t p = 0; p < n; p += 16) {
    const __mmask16 lanes = lanes_below(n - p);
    const __mmask16 right = above(gathered(values, samples + p, lanes, _mm512_setzero_ps()), limit, lanes);
    space.goes_right[p / 16] = right;
    n_right += count(right);
  }
  move_right(samples, n, n_right, space);
  return n - static_cast<std::uint32_t>(n_right);
}

bool division_may_reach(const SumNode& node, const std::uint32_t* samples, std::uint32_t n_left,
                        double best) {
  // The lesser side is the quicker one.
  const bool adds_left = n_left <= node.n - n_left;
  const std::uint32_t* const side = adds_left ? samples : samples + n_left;
  const std::uint32_t n = adds_left ? n_left : node.n - n_left;
  const auto* const numbers = reinterpret_cast<const double*>(node.samples);
  const __m512d zero = _mm512_setzero_pd();
  __m512d targets = zero;
  __m512d weights = zero;
  for (std::uint32_t p = 0; p < n; p += 8) {
    const auto lanes = static_cast<__mmask8>(lanes_below(n - p) & 0xffU);
    const __m256i places = _mm256_slli_epi32(_mm256_maskz_loadu_epi32(lanes, side + p), 1);
    targets = _mm512_add_pd(targets, _mm512_mask_i32gather_pd(zero, lanes, places, numbers, 8));
    if (!node.has_unit_weights) {
      weights = _mm512_add_pd(weights, _mm512_mask_i32gather_pd(zero, lanes, places, numbers + 1, 8));
    }
  }
  const double sum = _mm512_reduce_add_pd(targets);
  const double weight = node.has_unit_weights ? n : _mm512_reduce_add_pd(weights);
  return AnyOrderBound(node, best)
      .may_be_reached(adds_left ? sum : node.sum - sum, adds_left ? weight : node.weight - weight);
}

}  // namespace tenfold::ordered

#else

namespace tenfold::ordered {

ValueRange range_of(const float* /*values*/, const std::uint32_t* /*samples*/, std::uint32_t /*n*/) {
  return {};
}
std::uint32_t divide_at(double /*threshold*/, const float* /*values*/, std::uint32_t* /*samples*/,
                        std::uint32_t /*n*/, const PartitionSpace& /*space*/) {
  return 0;
}
bool division_may_reach(const SumNode& /*node*/, const std::uint32_t* /*samples*/, std::uint32_t /*n_left*/,
                        double /*best*/) {
  return true;
}

}  // namespace tenfold::ordered

#endif
