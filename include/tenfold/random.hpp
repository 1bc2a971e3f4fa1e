#pragma once

/// Random numbers as scikit-learn's trees draw them.
///
/// Two generators take part in growing a forest: NumPy's legacy `RandomState` (MT19937 with masked
/// rejection) seeds each tree and draws its bootstrap; inside a tree a 32-bit xorshift picks features and
/// random thresholds. Both are reproduced bit by bit, because the number and order of draws decides the
/// tree. Sources: `numpy/random/src/distributions` (masked rejection), `sklearn/utils/_random.pxd`
/// (`our_rand_r`), `sklearn/tree/_utils.pyx` (`rand_int`, `rand_uniform`).

#include <bit>
#include <cstdint>
#include <random>

namespace tenfold {

/// NumPy's `RandomState(seed)`, as far as integers are concerned.
class LegacyGenerator {
 public:
  explicit LegacyGenerator(std::uint32_t seed) : engine_(seed) {}

  /// `randint(0, bound)`: uniform in [0, bound); `bound >= 1`.
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) {
    const std::uint32_t largest = bound - 1;
    if (largest == 0) {
      return 0;  // NumPy draws nothing for a range of one value
    }
    const std::uint32_t mask = ~std::uint32_t{0} >> std::countl_zero(largest);
    std::uint32_t value = 0;
    do {
      value = static_cast<std::uint32_t>(engine_()) & mask;
    } while (value > largest);
    return value;
  }

  /// `random_sample()`: uniform in [0, 1), 53 bits.
  [[nodiscard]] double real() {
    const auto high = static_cast<double>(static_cast<std::uint32_t>(engine_()) >> 5U);
    const auto low = static_cast<double>(static_cast<std::uint32_t>(engine_()) >> 6U);
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

 private:
  std::mt19937 engine_;
};

/// Random bits as a real number in [0, 1).
[[nodiscard]] constexpr double unit_real(std::uint64_t bits) {
  return static_cast<double>(bits >> 11U) * 0x1.0p-53;
}

/// The generator inside scikit-learn's splitters: xorshift (13, 17, 5), reduced modulo 2**31.
class TreeGenerator {
 public:
  TreeGenerator() = default;
  explicit TreeGenerator(std::uint32_t state) : state_(state) {}

  /// Uniform in [0, 2**31).
  std::uint32_t next() {
    if (state_ == 0) {
      state_ = 1;  // scikit-learn's DEFAULT_SEED: zero is a fixed point of the recurrence
    }
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 17U;
    state_ ^= state_ << 5U;
    return state_ & kLargest;
  }

  /// Integer in [low, high), by remainder as scikit-learn takes it.
  std::uint32_t between(std::uint32_t low, std::uint32_t high) { return low + next() % (high - low); }

  /// Real number in [low, high]; scikit-learn's order of operations.
  double uniform(double low, double high) {
    return ((high - low) * static_cast<double>(next()) / static_cast<double>(kLargest)) + low;
  }

  /// The largest value of `next()`; also the exclusive bound of a splitter's seed.
  static constexpr std::uint32_t kLargest = 0x7fffffffU;

 private:
  std::uint32_t state_ = 1;
};

/// Stateless mixing of 64 bits (SplitMix64's finaliser): independent streams from a master seed.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31U);
}

}  // namespace tenfold
