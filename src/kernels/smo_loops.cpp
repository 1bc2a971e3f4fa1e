#include "kernels/smo_loops.hpp"

#include "clones.hpp"

namespace tenfold::kernels {
namespace {

/// The largest of a block, whose values it spoils.
inline double largest_of(double* values) {
  for (std::size_t half = kBlock / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) {
      values[k] = values[k] > values[k + half] ? values[k] : values[k + half];
    }
  }
  return values[0];
}

inline std::size_t last_with(const double* values, double value) {
  std::size_t k = kBlock - 1;
  while (k > 0 && values[k] != value) {
    --k;
  }
  return k;
}

inline void violations(const double* gradient, const double* signs, const double* penalties, double* out) {
  for (std::size_t k = 0; k < kBlock; ++k) {
    out[k] = penalties[k] - signs[k] * gradient[k];
  }
}

inline void gains(const double* gradient, const double* signs, const double* penalties,
                  const double* diagonal, const First& first, const float* row, double* other, double* gain) {
  for (std::size_t k = 0; k < kBlock; ++k) {
    other[k] = penalties[k] + signs[k] * gradient[k];
    const double difference = first.violation + other[k];
    const double curvature = (first.diagonal + diagonal[k]) - signs[k] * (2.0 * static_cast<double>(row[k]));
    const double quotient = difference * difference / (curvature > 0 ? curvature : kTau);
    gain[k] = difference > 0 ? quotient : kNone;
  }
}

}  // namespace

TENFOLD_HOT void add_rows(double* gradient, const float* row_i, double delta_i, const float* row_j,
                          double delta_j, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    gradient[k] += static_cast<double>(row_i[k]) * delta_i + static_cast<double>(row_j[k]) * delta_j;
  }
}

TENFOLD_HOT void add_row(double* sums, double factor, const float* row, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    sums[k] += factor * static_cast<double>(row[k]);
  }
}

TENFOLD_HOT Largest first_of_pair(const double* gradient, const double* signs, const double* penalties,
                                  std::size_t n) {
  double values[kBlock];
  Largest best;
  for (std::size_t start = 0; start < n; start += kBlock) {
    violations(gradient + start, signs + start, penalties + start, values);
    const double largest = largest_of(values);
    if (largest >= best.value) {
      best = {largest, start};
    }
  }
  violations(gradient + best.place, signs + best.place, penalties + best.place, values);
  best.place += last_with(values, best.value);
  return best;
}

TENFOLD_HOT Second second_of_pair(const double* gradient, const double* signs, const double* penalties,
                                  const double* diagonal, const First& first, std::size_t n) {
  double other[kBlock];
  double gain[kBlock];
  Second best;
  for (std::size_t start = 0; start < n; start += kBlock) {
    gains(gradient + start, signs + start, penalties + start, diagonal + start, first, first.row + start,
          other, gain);
    const double violation = largest_of(other);
    const double largest = largest_of(gain);
    best.violation = violation > best.violation ? violation : best.violation;
    if (largest >= best.gain.value) {
      best.gain = {largest, start};
    }
  }
  const std::size_t start = best.gain.place;
  gains(gradient + start, signs + start, penalties + start, diagonal + start, first, first.row + start, other,
        gain);
  best.gain.place += last_with(gain, best.gain.value);
  return best;
}

TENFOLD_HOT void cut_row(const float* row, const int* places, const float* signs, float* out, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) {
    out[k] = signs[k] * row[places[k]];
  }
}

}  // namespace tenfold::kernels
