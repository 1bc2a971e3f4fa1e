// Compiled for AVX-512 alone (cmake/TenfoldOptions.cmake); it instantiates nothing that others use, lest the
// linker take its copy.

#include "trees/ordered/proxy_bound.hpp"
#include "trees/ordered/small_node.hpp"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#include <immintrin.h>

namespace tenfold::ordered {

namespace {

/// A bit a column.
using Columns = std::uint64_t;

constexpr float kNear = 1e-7F;  // scikit-learn's FEATURE_THRESHOLD

/// What is known of the order of each column: a byte a column.
struct Orders {
  alignas(64) std::uint8_t samples[SmallNode::kPlaces][SmallNode::kColumns];  ///< by place
  Columns cuts[SmallNode::kPlaces];       ///< by position: a split may lie there
  Columns backwards[SmallNode::kPlaces];  ///< and its sums are taken from the end
  bool any_backwards;
};

/// The ranks of one sample in all columns.
template <std::size_t kVectors>
struct Ranks {
  __m512i of[kVectors];

  [[gnu::always_inline]] static Ranks load(const std::uint32_t* at) {
    Ranks result;
    for (std::size_t v = 0; v < kVectors; ++v) {
      result.of[v] = _mm512_load_si512(at + 16 * v);
    }
    return result;
  }
  [[gnu::always_inline]] friend Columns operator<(const Ranks& a, const Ranks& b) {
    Columns result = 0;
    for (std::size_t v = 0; v < kVectors; ++v) {
      result |= Columns{_mm512_cmplt_epu32_mask(a.of[v], b.of[v])} << (16 * v);
    }
    return result;
  }
};

template <std::size_t kVectors>
void place(SmallNode& node, Orders& orders) {
  const std::uint32_t n = node.n;
  const __m512i one = _mm512_set1_epi8(1);
  __m512i places[kSmallNode];
  __m512i n_less[kSmallNode];
  for (std::uint32_t a = 0; a < n; ++a) {
    places[a] = n_less[a] = _mm512_setzero_si512();
  }
  for (std::uint32_t a = 0; a < n; ++a) {
    const auto of_a = Ranks<kVectors>::load(node.ranks[a]);
    __m512i place = places[a];
    __m512i less = n_less[a];
    for (std::uint32_t b = a + 1; b < n; ++b) {
      const auto of_b = Ranks<kVectors>::load(node.ranks[b]);
      const Columns is_less = of_a < of_b;
      const Columns is_greater = of_b < of_a;
      // Where they are equal, whichever stood first does: the carry of an addition.
      const Columns sum = is_less + ~is_greater + node.is_before[a][b];
      const Columns before = sum ^ is_less ^ ~is_greater;
      const Columns is_before = is_less | (~is_greater & before);
      node.is_before[a][b] = static_cast<std::uint8_t>(is_before >> 63U);
      places[b] = _mm512_mask_add_epi8(places[b], is_before, places[b], one);
      place = _mm512_mask_add_epi8(place, ~is_before, place, one);
      n_less[b] = _mm512_mask_add_epi8(n_less[b], is_less, n_less[b], one);
      less = _mm512_mask_add_epi8(less, is_greater, less, one);
    }
    places[a] = place;
    n_less[a] = less;
  }
  for (std::uint32_t p = 0; p < n; ++p) {
    const __m512i here = _mm512_set1_epi8(static_cast<char>(p));
    __m512i samples = _mm512_setzero_si512();
    Columns cuts = 0;
    for (std::uint32_t a = 0; a < n; ++a) {
      const Columns stands_here = _mm512_cmpeq_epi8_mask(places[a], here);
      samples = _mm512_mask_mov_epi8(samples, stands_here, _mm512_set1_epi8(static_cast<char>(a)));
      // The first of its equals.
      cuts |= _mm512_mask_cmpeq_epi8_mask(stands_here, n_less[a], here);
    }
    _mm512_store_si512(orders.samples[p], samples);
    orders.cuts[p] = cuts & node.is_scanned;
  }
}

/// Takes back cuts between values that are too close.
void forget_close_cuts(const SmallNode& node, Orders& orders) {
  for (std::uint32_t c = 0; c < node.n_columns; ++c) {
    const float* const values = node.close_values[c];
    if (values == nullptr) {
      continue;
    }
    for (std::uint32_t p = 1; p < node.n; ++p) {
      const float below = values[node.ranks[orders.samples[p - 1][c]][c]];
      const float above = values[node.ranks[orders.samples[p][c]][c]];
      if (above <= below + kNear) {
        orders.cuts[p] &= ~(Columns{1} << c);
      }
    }
  }
}

/// Which sums are taken backwards: where that is the shorter way from the position before.
void take_directions(const SmallNode& node, Orders& orders) {
  __m512i last = _mm512_setzero_si512();
  Columns any = 0;
  for (std::uint32_t p = node.min_samples_leaf; p + node.min_samples_leaf <= node.n; ++p) {
    const __m512i here = _mm512_set1_epi8(static_cast<char>(p));
    const Columns cuts = orders.cuts[p];
    orders.backwards[p] = _mm512_mask_cmpgt_epi8_mask(cuts, _mm512_sub_epi8(here, last),
                                                      _mm512_set1_epi8(static_cast<char>(node.n - p)));
    any |= orders.backwards[p];
    last = _mm512_mask_mov_epi8(last, cuts, here);
  }
  orders.any_backwards = any != 0;
}

/// One number of each sample, looked up by sample, eight columns at a time.
class Lookup {
 public:
  explicit Lookup(const double* of_sample)
      : low_(_mm512_load_pd(of_sample)), high_(_mm512_load_pd(of_sample + 8)) {}
  [[nodiscard]] __m512d at(__m512i samples) const { return _mm512_permutex2var_pd(low_, samples, high_); }

 private:
  __m512d low_;
  __m512d high_;
};

inline __m512i eight(const std::uint8_t* samples) {
  return _mm512_cvtepu8_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(samples)));
}

/// Scans eight columns, from `first` on.
template <bool kUnit>
void scan_eight(SmallNode& node, const Orders& orders, std::uint32_t first) {
  const std::uint32_t n = node.n;
  const std::uint32_t end = n - node.min_samples_leaf;
  const Lookup targets(node.targets);
  const Lookup weights(node.weights);
  const __m512d sum = _mm512_set1_pd(node.sum);
  const __m512d weight = _mm512_set1_pd(node.weight);
  const __m512d min_weight = _mm512_set1_pd(node.min_weight_leaf);
  const __m512d bound = _mm512_set1_pd(bound_of(node.proxy, node.weight));
  const __m512d underflow = _mm512_set1_pd(kBoundUnderflow);
  __m512d from_end[SmallNode::kPlaces];
  __m512d weights_from_end[SmallNode::kPlaces];
  if (orders.any_backwards) {
    __m512d left = sum;
    __m512d weight_left = weight;  // NOLINT(misc-const-correctness): not where weights are unit
    for (std::uint32_t p = n - 1; p >= node.min_samples_leaf && p != 0; --p) {
      // NOLINTNEXTLINE(clang-analyzer-security.ArrayBound): nodes have at most `kSmallNode` samples
      const __m512i samples = eight(orders.samples[p] + first);
      from_end[p] = left = _mm512_sub_pd(left, targets.at(samples));
      if constexpr (!kUnit) {
        weights_from_end[p] = weight_left = _mm512_sub_pd(weight_left, weights.at(samples));
      }
    }
  }
  __m512d left = _mm512_setzero_pd();
  __m512d weight_left = _mm512_setzero_pd();
  __m512d best = _mm512_set1_pd(node.proxy);
  __m512i positions = _mm512_setzero_si512();
  __mmask8 improved = 0;
  for (std::uint32_t p = 1; p <= end; ++p) {
    const __m512i samples = eight(orders.samples[p - 1] + first);
    left = _mm512_add_pd(left, targets.at(samples));
    if constexpr (kUnit) {
      weight_left = _mm512_set1_pd(p);
    } else {
      weight_left = _mm512_add_pd(weight_left, weights.at(samples));
    }
    const auto cuts = static_cast<__mmask8>(orders.cuts[p] >> first);
    if (p < node.min_samples_leaf || cuts == 0) {
      continue;
    }
    if (orders.any_backwards) {
      const auto backwards = static_cast<__mmask8>(orders.backwards[p] >> first);
      left = _mm512_mask_mov_pd(left, backwards, from_end[p]);
      if constexpr (!kUnit) {
        weight_left = _mm512_mask_mov_pd(weight_left, backwards, weights_from_end[p]);
      }
    }
    const __m512d right = _mm512_sub_pd(sum, left);
    const __m512d weight_right = _mm512_sub_pd(weight, weight_left);
    const __m512d squared_left = _mm512_mul_pd(left, left);
    const __m512d squared_right = _mm512_mul_pd(right, right);
    const __m512d scaled =
        _mm512_add_pd(_mm512_mul_pd(squared_left, weight_right), _mm512_mul_pd(squared_right, weight_left));
    __mmask8 open =
        _mm512_mask_cmp_pd_mask(cuts, _mm512_add_pd(scaled, underflow),
                                _mm512_mul_pd(bound, _mm512_mul_pd(weight_left, weight_right)), _CMP_NLT_UQ);
    open = _mm512_mask_cmp_pd_mask(open, weight_left, min_weight, _CMP_NLT_UQ);
    open = _mm512_mask_cmp_pd_mask(open, weight_right, min_weight, _CMP_NLT_UQ);
    if (open == 0) {
      continue;
    }
    const __m512d proxy =
        _mm512_add_pd(_mm512_div_pd(squared_left, weight_left), _mm512_div_pd(squared_right, weight_right));
    const __mmask8 better = _mm512_mask_cmp_pd_mask(open, proxy, best, _CMP_GT_OQ);
    best = _mm512_mask_mov_pd(best, better, proxy);
    positions = _mm512_mask_mov_epi64(positions, better, _mm512_set1_epi64(p));
    improved |= better;
  }
  if (improved == 0) {
    return;
  }
  alignas(64) double proxies[8];
  alignas(64) std::uint64_t at[8];
  _mm512_store_pd(proxies, best);
  _mm512_store_si512(at, positions);
  for (std::uint32_t k = 0; k < 8; ++k) {
    if ((improved >> k & 1) != 0 && proxies[k] > node.proxy) {
      const std::uint32_t column = first + k;
      node.found = true;
      node.proxy = proxies[k];
      node.column = node.n_before + column;
      node.position = static_cast<std::uint32_t>(at[k]);
      node.below = node.ranks[orders.samples[node.position - 1][column]][column];
      node.above = node.ranks[orders.samples[node.position][column]][column];
    }
  }
}

}  // namespace

void scan_small_node(SmallNode& node) {
  Orders orders;
  switch ((node.n_columns + 15) / 16) {
    case 0:
      return;
    case 1:
      place<1>(node, orders);
      break;
    case 2:
      place<2>(node, orders);
      break;
    case 3:
      place<3>(node, orders);
      break;
    default:
      place<4>(node, orders);
  }
  bool any_close = false;
  for (std::uint32_t c = 0; c < node.n_columns; ++c) {
    any_close |= node.close_values[c] != nullptr;
  }
  if (any_close) {
    forget_close_cuts(node, orders);
  }
  if (2 * node.min_samples_leaf <= node.n) {
    take_directions(node, orders);
    for (std::uint32_t first = 0; first < node.n_columns; first += 8) {
      if (node.has_unit_weights) {
        scan_eight<true>(node, orders, first);
      } else {
        scan_eight<false>(node, orders, first);
      }
    }
  }
  for (std::uint32_t p = 0; p < node.n; ++p) {
    // NOLINTNEXTLINE(clang-analyzer-security.ArrayBound): nodes have at most `kSmallNode` samples
    node.order[p] = orders.samples[p][node.n_columns - 1];
  }
  node.n_before += node.n_columns;
  node.n_columns = 0;
  node.is_scanned = 0;
}

}  // namespace tenfold::ordered

#else

namespace tenfold::ordered {

void scan_small_node(SmallNode& /*node*/) {}

}  // namespace tenfold::ordered

#endif
