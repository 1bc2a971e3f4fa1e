// Compiled for AVX-512 alone (cmake/TenfoldOptions.cmake); it instantiates nothing that others use, lest the
// linker take its copy.

#include "trees/ordered/packed_keys.hpp"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#include "trees/ordered/wide_partition.hpp"

namespace tenfold::ordered {

namespace {

constexpr std::uint32_t kUnmarked = 0x7fffffffU;
constexpr std::size_t kInsertionSortLimit = 15;

/// Sorts up to fifteen keys stably: each goes to the place that the number of those before it says.
void sort_few(std::uint32_t* keys, std::size_t n, std::uint32_t sample_mask) {
  if (n < 2) {
    return;
  }
  const __mmask16 lanes = lanes_below(n);
  const __m512i own = _mm512_maskz_loadu_epi32(lanes, keys);
  const __m512i numbers = lane_numbers();
  // Rank, and the place to begin with, in place of the sample.
  const __m512i unique =
      _mm512_or_si512(_mm512_andnot_si512(_mm512_set1_epi32(static_cast<int>(sample_mask)), own), numbers);
  const __m512i next = _mm512_permutexvar_epi32(_mm512_add_epi32(numbers, _mm512_set1_epi32(1)), unique);
  if (_mm512_mask_cmpgt_epu32_mask(lanes_below(n - 1), unique, next) == 0) {
    return;
  }
  alignas(64) std::uint32_t each[16];
  _mm512_store_si512(each, unique);
  const __m512i one = _mm512_set1_epi32(1);
  __m512i places = _mm512_setzero_si512();
  for (std::size_t k = 0; k < n; ++k) {
    const __mmask16 after = _mm512_cmplt_epu32_mask(_mm512_set1_epi32(static_cast<int>(each[k])), unique);
    places = _mm512_mask_add_epi32(places, after, places, one);
  }
  _mm512_mask_i32scatter_epi32(keys, lanes, places, own, 4);
}

std::uint32_t median_of_three(const std::uint32_t* keys, std::size_t n, std::uint32_t sample_mask) {
  const std::uint32_t a = keys[0] | sample_mask;
  const std::uint32_t b = keys[n / 2] | sample_mask;
  const std::uint32_t c = keys[n - 1] | sample_mask;
  if (a < b) {
    return b < c ? b : (a < c ? c : a);
  }
  if (b < c) {
    return a < c ? a : c;
  }
  return b;
}

std::size_t move_greater(std::uint32_t* keys, std::size_t n, std::uint32_t highest_equal,
                         const PartitionSpace& space) {
  const __m512i highest = _mm512_set1_epi32(static_cast<int>(highest_equal));
  std::size_t n_greater = 0;
  for (std::size_t p = 0; p < n; p += 16) {
    const __mmask16 lanes = lanes_below(n - p);
    const __mmask16 greater =
        _mm512_mask_cmpgt_epu32_mask(lanes, _mm512_maskz_loadu_epi32(lanes, keys + p), highest);
    space.goes_right[p / 16] = greater;
    n_greater += count(greater);
  }
  move_right(keys, n, n_greater, space);
  return n - n_greater;
}

/// Up to 32 equal keys that have to stand one behind the other.
class Queue {
 public:
  [[nodiscard]] std::uint32_t size() const { return size_; }

  /// Puts the keys of a vector in these lanes behind the others; all in all at most 32.
  void push(__m512i keys, __mmask16 lanes) {
    const __m512i added = _mm512_maskz_compress_epi32(lanes, keys);
    const std::uint32_t places = ((1U << count(lanes)) - 1U);
    if (size_ < 16) {
      first_ = _mm512_mask_expand_epi32(first_, static_cast<__mmask16>(places << size_), added);
      const std::uint32_t room = 16 - size_;
      const __m512i rest = _mm512_permutexvar_epi32(
          _mm512_add_epi32(lane_numbers(), _mm512_set1_epi32(static_cast<int>(room))), added);
      second_ = _mm512_mask_expand_epi32(second_, static_cast<__mmask16>(places >> room), rest);
    } else {
      second_ = _mm512_mask_expand_epi32(second_, static_cast<__mmask16>(places << (size_ - 16)), added);
    }
    size_ += count(lanes);
  }

  /// Has the first stand behind the last, so many times.
  void turn(std::uint32_t times) {
    if (size_ < 2) {
      return;
    }
    times = times < size_ ? times : times % size_;
    if (times == 0) {
      return;
    }
    const __m512i size = _mm512_set1_epi32(static_cast<int>(size_));
    const __m512i low = _mm512_add_epi32(lane_numbers(), _mm512_set1_epi32(static_cast<int>(times)));
    const __m512i from_low = _mm512_min_epu32(low, _mm512_sub_epi32(low, size));
    if (size_ <= 16) {
      first_ = _mm512_permutexvar_epi32(from_low, first_);
      return;
    }
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(16));
    const __m512i from_high = _mm512_min_epu32(high, _mm512_sub_epi32(high, size));
    const __m512i first = first_;
    first_ = _mm512_permutex2var_epi32(first, from_low, second_);
    second_ = _mm512_permutex2var_epi32(first, from_high, second_);
  }

  void store(std::uint32_t* keys) const {
    _mm512_mask_storeu_epi32(keys, lanes_below(size_), first_);
    if (size_ > 16) {
      _mm512_mask_storeu_epi32(keys + 16, lanes_below(size_ - 16), second_);
    }
  }

 private:
  __m512i first_ = _mm512_setzero_si512();
  __m512i second_ = _mm512_setzero_si512();
  std::uint32_t size_ = 0;
};

/// Brings equal keys behind lesser ones: each lesser key changes places with the first of the equal keys
/// before it. Returns the number of lesser keys.
std::size_t close_up(std::uint32_t* keys, std::size_t n, std::uint32_t lowest_equal) {
  const __m512i lowest = _mm512_set1_epi32(static_cast<int>(lowest_equal));
  std::size_t left = 0;  // where the equal keys begin
  std::size_t p = 0;
  // As long as they are few, they are kept apart.
  Queue equal;
  for (; p < n && equal.size() < 16; p += 16) {
    const __mmask16 lanes = lanes_below(n - p);
    const __m512i own = _mm512_maskz_loadu_epi32(lanes, keys + p);
    const __mmask16 less = _mm512_mask_cmplt_epu32_mask(lanes, own, lowest);
    if (less == 0 && lanes == 0xffffU) {
      p += 16;
      break;
    }
    _mm512_mask_storeu_epi32(keys + left, lanes_below(count(less)), _mm512_maskz_compress_epi32(less, own));
    left += count(less);
    // Stretches of equal keys, and of lesser ones between them.
    auto rest = static_cast<std::uint32_t>(lanes);
    for (auto others = static_cast<std::uint32_t>(lanes & ~less); others != 0; others &= rest) {
      const std::uint32_t before = (others & (0U - others)) - 1U;  // lanes below the first
      equal.turn(count(static_cast<__mmask16>(rest & before)));
      const std::uint32_t after = others + before + 1U;  // carried on to where the stretch ends
      const std::uint32_t stretch = others & ~after;
      equal.push(own, static_cast<__mmask16>(stretch));
      rest &= ~(before | stretch);
    }
    equal.turn(count(static_cast<__mmask16>(rest)));
  }
  equal.store(keys + left);
  // From here on they are at least as many as a vector's keys.
  for (; p < n; p += 16) {
    const __mmask16 lanes = lanes_below(n - p);
    const __m512i own = _mm512_maskz_loadu_epi32(lanes, keys + p);
    const __mmask16 less = _mm512_mask_cmplt_epu32_mask(lanes, own, lowest);
    if (less != 0) {
      const __m512i first = _mm512_loadu_si512(keys + left);
      _mm512_mask_storeu_epi32(keys + p, less, _mm512_mask_expand_epi32(own, less, first));
      _mm512_mask_storeu_epi32(keys + left, lanes_below(count(less)), _mm512_maskz_compress_epi32(less, own));
      left += count(less);
    }
  }
  return left;
}

void sort_segment(std::uint32_t* keys, std::size_t n, std::size_t depth, const PackedKeys& packed) {
  const std::uint32_t sample_mask = (std::uint32_t{1} << packed.sample_bits) - 1;
  while (n > kInsertionSortLimit) {
    if (depth == 0) {
      sorting::heap_sort_packed(keys, n, packed.sample_bits);
      return;
    }
    --depth;
    const std::uint32_t highest_equal = median_of_three(keys, n, sample_mask);
    const std::size_t first_greater = move_greater(keys, n, highest_equal, packed.space);
    const std::size_t first_equal = close_up(keys, first_greater, highest_equal & ~sample_mask);
    sort_segment(keys, first_equal, depth, packed);
    keys += first_greater;
    n -= first_greater;
  }
  sort_few(keys, n, sample_mask);
}

}  // namespace

RankRange pack_keys(const PackedKeys& packed, const std::uint32_t* samples, std::uint32_t n,
                    const std::uint32_t* ranks) {
  const __m128i bits = _mm_cvtsi32_si128(static_cast<int>(packed.sample_bits));
  const __m512i unmarked = _mm512_set1_epi32(static_cast<int>(kUnmarked));
  __m512i lowest = _mm512_set1_epi32(-1);
  __m512i highest = _mm512_setzero_si512();
  for (std::uint32_t p = 0; p < n; p += 16) {
    const __mmask16 lanes = lanes_below(n - p);
    const __m512i of = _mm512_and_si512(_mm512_maskz_loadu_epi32(lanes, samples + p), unmarked);
    const __m512i own = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), lanes, of, ranks, 4);
    lowest = _mm512_mask_min_epu32(lowest, lanes, lowest, own);
    highest = _mm512_max_epu32(highest, own);
    _mm512_mask_storeu_epi32(packed.keys + p, lanes, _mm512_or_si512(_mm512_sll_epi32(own, bits), of));
  }
  return {_mm512_reduce_min_epu32(lowest), _mm512_reduce_max_epu32(highest)};
}

void sort_packed(const PackedKeys& packed, std::uint32_t n) {
  if (n > 1) {
    const auto log = static_cast<std::size_t>(31 - __builtin_clz(n));
    sort_segment(packed.keys, n, 2 * log, packed);
  }
}

bool may_reach(const PackedKeys& packed, const SumNode& node, double best) {
  const AnyOrderBound bound(node, best);
  const std::uint32_t bits = packed.sample_bits;
  const std::uint32_t sample_mask = (std::uint32_t{1} << bits) - 1;
  const __m256i mask = _mm256_set1_epi32(static_cast<int>(sample_mask));
  const auto* const numbers = reinterpret_cast<const double*>(node.samples);
  const std::uint32_t* const keys = packed.keys;
  const std::uint32_t n = node.n;
  double left = 0.0;
  double weight_left = 0.0;
  __m512d targets = _mm512_setzero_pd();  // of the rank at hand
  __m512d weights = _mm512_setzero_pd();
  std::uint32_t rank = keys[0] >> bits;
  const std::uint32_t last = keys[n - 1] >> bits;
  for (std::uint32_t p = 0; p < n; p += 8) {
    auto lanes = static_cast<__mmask8>(lanes_below(n - p) & 0xffU);
    const __m256i own = _mm256_maskz_loadu_epi32(lanes, keys + p);
    const __m256i places = _mm256_slli_epi32(_mm256_and_si256(own, mask), 1);
    const __m512d target = _mm512_mask_i32gather_pd(_mm512_setzero_pd(), lanes, places, numbers, 8);
    __m512d weight = _mm512_setzero_pd();
    if (!node.has_unit_weights) {
      weight = _mm512_mask_i32gather_pd(_mm512_setzero_pd(), lanes, places, numbers + 1, 8);
    }
    while (true) {
      // Keys up to this are of the rank at hand.
      const __m256i highest = _mm256_set1_epi32(static_cast<int>(rank << bits | sample_mask));
      const __mmask8 here = _mm256_mask_cmple_epu32_mask(lanes, own, highest);
      targets = _mm512_mask_add_pd(targets, here, targets, target);
      weights = _mm512_mask_add_pd(weights, here, weights, weight);
      lanes = static_cast<__mmask8>(lanes & ~here);
      if (lanes == 0) {
        break;
      }
      const auto lane = static_cast<std::uint32_t>(__builtin_ctz(lanes));
      const std::uint32_t position = p + lane;
      left += _mm512_reduce_add_pd(targets);
      weight_left = node.has_unit_weights ? position : weight_left + _mm512_reduce_add_pd(weights);
      targets = weights = _mm512_setzero_pd();
      rank = keys[position] >> bits;
      if (position < node.min_samples_leaf || n - position < node.min_samples_leaf) {
        continue;
      }
      if (bound.may_be_reached(left, weight_left)) {
        return true;
      }
    }
    if (rank == last) {
      break;  // no position lies beyond
    }
  }
  return false;
}

}  // namespace tenfold::ordered

#else

namespace tenfold::ordered {

RankRange pack_keys(const PackedKeys& /*packed*/, const std::uint32_t* /*samples*/, std::uint32_t /*n*/,
                    const std::uint32_t* /*ranks*/) {
  return {};
}
void sort_packed(const PackedKeys& /*packed*/, std::uint32_t /*n*/) {}
bool may_reach(const PackedKeys& /*packed*/, const SumNode& /*node*/, double /*best*/) {
  return true;
}

}  // namespace tenfold::ordered

#endif
