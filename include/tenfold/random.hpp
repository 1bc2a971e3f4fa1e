#pragma once

/// Random numbers as scikit-learn's trees draw them.
///
/// Two generators take part in growing a forest: NumPy's legacy `RandomState` (MT19937 with masked
/// rejection) seeds each tree and draws its bootstrap; inside a tree a 32-bit xorshift picks features and
/// random thresholds. Both are reproduced bit by bit, because the number and order of draws decides the
/// tree. Sources: `numpy/random/src/distributions` (masked rejection), `sklearn/utils/_random.pxd`
/// (`our_rand_r`), `sklearn/tree/_utils.pyx` (`rand_int`, `rand_uniform`).

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace tenfold {

/// Which of a learner's sources of seeds a spec names where it has none (no `random_state`): its numbers are
/// drawn by the engine.
inline constexpr std::int32_t kFreeSeed = -1;

/// MT19937, whose state can be given and taken: its words, and how many of them are used up.
class MersenneTwister {
 public:
  static constexpr std::size_t kWords = 624;

  explicit MersenneTwister(std::uint32_t seed) {
    words_[0] = seed;
    for (std::uint32_t i = 1; i < kWords; ++i) {
      words_[i] = 1812433253U * (words_[i - 1] ^ (words_[i - 1] >> 30U)) + i;
    }
  }
  /// Throws std::invalid_argument for what is no state.
  MersenneTwister(std::span<const std::uint32_t> words, std::uint32_t n_used) : n_used_(n_used) {
    if (words.size() != kWords || n_used > kWords) {
      throw std::invalid_argument("a generator's state has 624 words, of which as many may be used up.");
    }
    std::ranges::copy(words, words_.begin());
  }

  std::uint32_t operator()() {
    if (n_used_ == kWords) {
      renew();
    }
    std::uint32_t y = words_[n_used_++];
    y ^= y >> 11U;
    y ^= (y << 7U) & 0x9d2c5680U;
    y ^= (y << 15U) & 0xefc60000U;
    return y ^ (y >> 18U);
  }

  [[nodiscard]] const std::array<std::uint32_t, kWords>& words() const { return words_; }
  [[nodiscard]] std::uint32_t n_used() const { return n_used_; }

 private:
  void renew() {
    constexpr std::size_t kShift = 397;
    const auto twist = [this](std::size_t at, std::size_t next, std::size_t shifted) {
      const std::uint32_t y = (words_[at] & 0x80000000U) | (words_[next] & 0x7fffffffU);
      words_[at] = words_[shifted] ^ (y >> 1U) ^ ((y & 1U) != 0 ? 0x9908b0dfU : 0U);
    };
    for (std::size_t i = 0; i < kWords - kShift; ++i) {
      twist(i, i + 1, i + kShift);
    }
    for (std::size_t i = kWords - kShift; i < kWords - 1; ++i) {
      twist(i, i + 1, i + kShift - kWords);
    }
    twist(kWords - 1, 0, kShift - 1);
    n_used_ = 0;
  }

  std::array<std::uint32_t, kWords> words_{};
  std::uint32_t n_used_ = kWords;
};

/// NumPy's `RandomState`, as far as integers and numbers in [0, 1) are concerned.
class LegacyGenerator {
 public:
  explicit LegacyGenerator(std::uint32_t seed) : engine_(seed) {}
  explicit LegacyGenerator(const MersenneTwister& engine) : engine_(engine) {}

  /// `randint(0, bound)`: uniform in [0, bound); `bound >= 1`.
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) {
    const std::uint32_t largest = bound - 1;
    if (largest == 0) {
      return 0;  // NumPy draws nothing for a range of one value
    }
    const std::uint32_t mask = ~std::uint32_t{0} >> std::countl_zero(largest);
    std::uint32_t value = 0;
    do {
      value = engine_() & mask;
    } while (value > largest);
    return value;
  }

  /// `random_sample()`: uniform in [0, 1), 53 bits.
  [[nodiscard]] double real() {
    const auto high = static_cast<double>(engine_() >> 5U);
    const auto low = static_cast<double>(engine_() >> 6U);
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

  [[nodiscard]] const MersenneTwister& engine() const { return engine_; }

 private:
  MersenneTwister engine_;
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
