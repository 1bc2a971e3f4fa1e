#pragma once

/// Vectors of lanes (lanes.hpp), for files that are compiled for AVX2 alone (cmake/TenfoldOptions.cmake).
///
/// Compilers take vectors apart for the instructions that are in force where they are written, so function
/// clones (clones.hpp) come too late for them. Such a file must instantiate nothing that others use, lest the
/// linker take its copy: all here is in an unnamed namespace, and it calls libm and memcpy alone.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace tenfold::kernels {
namespace {

using FourNumbers __attribute__((vector_size(32))) = double;
using FourMasks __attribute__((vector_size(32))) = std::int64_t;

/// Spelled out rather than looped over: arrays that loops index stay in memory.
template <std::size_t G>
constexpr std::make_index_sequence<G> kFours;

/// Which of 4 G lanes something holds for.
template <std::size_t G>
struct Mask {
  FourMasks of[G];

  void set(std::size_t lane, bool holds) { of[lane / 4][lane % 4] = holds ? -1 : 0; }
  [[nodiscard]] bool holds(std::size_t lane) const { return of[lane / 4][lane % 4] != 0; }
  [[nodiscard]] bool any() const {
    const FourMasks all = [&]<std::size_t... g>(std::index_sequence<g...>) {
      return (of[g] | ...);
    }(kFours<G>);
    return (all[0] | all[1] | all[2] | all[3]) != 0;
  }
  friend Mask operator&(const Mask& a, const Mask& b) {
    return [&]<std::size_t... g>(std::index_sequence<g...>) {
      return Mask{{(a.of[g] & b.of[g])...}};
    }(kFours<G>);
  }
  friend Mask operator!(const Mask& a) {
    return [&]<std::size_t... g>(std::index_sequence<g...>) { return Mask{{(~a.of[g])...}}; }(kFours<G>);
  }
  friend Mask operator|(const Mask& a, const Mask& b) {
    return [&]<std::size_t... g>(std::index_sequence<g...>) {
      return Mask{{(a.of[g] | b.of[g])...}};
    }(kFours<G>);
  }
};

/// A number of each of 4 G lanes.
template <std::size_t G>
struct Lanes {
  FourNumbers of[G];

  static Lanes all(double value) {
    return each([&](std::size_t) { return FourNumbers{value, value, value, value}; });
  }
  static Lanes load(const double* at) {
    return each([&](std::size_t g) {
      FourNumbers four;
      std::memcpy(&four, at + 4 * g, sizeof four);
      return four;
    });
  }
  void store(double* at) const {
    [&]<std::size_t... g>(std::index_sequence<g...>) {
      (std::memcpy(at + 4 * g, &of[g], sizeof of[g]), ...);
    }(kFours<G>);
  }

  template <class F>
  static Lanes each(F f) {
    return [&]<std::size_t... g>(std::index_sequence<g...>) { return Lanes{{f(g)...}}; }(kFours<G>);
  }
  template <class F>
  static Mask<G> which(F f) {
    return [&]<std::size_t... g>(std::index_sequence<g...>) { return Mask<G>{{f(g)...}}; }(kFours<G>);
  }

  friend Lanes operator+(const Lanes& a, const Lanes& b) {
    return each([&](std::size_t g) { return a.of[g] + b.of[g]; });
  }
  friend Lanes operator-(const Lanes& a, const Lanes& b) {
    return each([&](std::size_t g) { return a.of[g] - b.of[g]; });
  }
  friend Lanes operator*(const Lanes& a, const Lanes& b) {
    return each([&](std::size_t g) { return a.of[g] * b.of[g]; });
  }
  friend Lanes operator/(const Lanes& a, const Lanes& b) {
    return each([&](std::size_t g) { return a.of[g] / b.of[g]; });
  }
  friend Lanes operator+(const Lanes& a, double b) { return a + all(b); }
  friend Lanes operator-(const Lanes& a, double b) { return a - all(b); }
  friend Lanes operator*(const Lanes& a, double b) { return a * all(b); }
  friend Lanes operator-(const Lanes& a) {
    return each([&](std::size_t g) { return -a.of[g]; });
  }
  friend Mask<G> operator<(const Lanes& a, const Lanes& b) {
    return which([&](std::size_t g) { return a.of[g] < b.of[g]; });
  }
  friend Mask<G> operator>(const Lanes& a, const Lanes& b) { return b < a; }
  friend Mask<G> operator!=(const Lanes& a, const Lanes& b) {
    return which([&](std::size_t g) { return a.of[g] != b.of[g]; });
  }

  [[nodiscard]] double get(std::size_t lane) const { return of[lane / 4][lane % 4]; }
  void set(std::size_t lane, double value) { of[lane / 4][lane % 4] = value; }
};

/// ``yes`` where the mask holds, else ``no``.
template <std::size_t G>
Lanes<G> blend(const Mask<G>& mask, const Lanes<G>& yes, const Lanes<G>& no) {
  return Lanes<G>::each([&](std::size_t g) { return mask.of[g] ? yes.of[g] : no.of[g]; });
}

template <std::size_t G>
Lanes<G> magnitude(const Lanes<G>& a) {
  return blend(a < Lanes<G>::all(0.0), -a, a);
}

template <std::size_t G>
Lanes<G> root(const Lanes<G>& a) {
  return Lanes<G>::each([&](std::size_t g) {
    const FourNumbers four = a.of[g];
    return FourNumbers{std::sqrt(four[0]), std::sqrt(four[1]), std::sqrt(four[2]), std::sqrt(four[3])};
  });
}

}  // namespace
}  // namespace tenfold::kernels
