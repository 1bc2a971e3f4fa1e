#include "kernels/sgd_epoch.hpp"

#include "kernels/lane_vectors.hpp"

namespace tenfold::kernels {
namespace {

constexpr double kLargestGradient = 1e12;
constexpr double kSmallestScale = 1e-9;  // reset_wscale_threshold of doubles

/// Scalars of all lanes, as vectors.
template <std::size_t G>
struct Scalars {
  Lanes<G> alpha, l1_ratio, positive_weight, negative_weight, optimal_init;
  Lanes<G> wscale, sq_norm, l1_norm, intercept, u, eta, objective;
  Mask<G> optimal, penalised, scales, truncates, fits_intercept;
};

template <std::size_t G>
Scalars<G> scalars_of(const SgdBlock& block) {
  Scalars<G> s{};
  for (std::size_t l = 0; l < 4 * G; ++l) {
    // Lanes without a candidate do what the first does; nobody looks at it.
    const std::size_t from = l < block.n_lanes ? l : 0;
    const SgdSettings& set = *block.settings[from];
    s.alpha.set(l, set.alpha);
    s.l1_ratio.set(l, set.l1_ratio);
    s.positive_weight.set(l, set.positive_weight);
    s.negative_weight.set(l, set.negative_weight);
    s.optimal_init.set(l, block.optimal_init[from]);
    s.wscale.set(l, block.wscale[from]);
    s.sq_norm.set(l, block.sq_norm[from]);
    s.l1_norm.set(l, block.l1_norm[from]);
    s.intercept.set(l, block.intercept[from]);
    s.u.set(l, block.u[from]);
    s.eta.set(l, block.eta[from]);
    s.objective.set(l, 0.0);
    s.optimal.set(l, set.rate == LearningRate::kOptimal);
    s.penalised.set(l, set.scales || set.truncates);
    s.scales.set(l, set.scales);
    s.truncates.set(l, set.truncates);
    s.fits_intercept.set(l, set.fits_intercept);
  }
  return s;
}

/// A row's numbers: dense rows have their columns in order.
template <bool Sparse>
struct Row {
  const double* values;
  const int* columns;
  std::size_t n;
  [[nodiscard]] std::size_t column(std::size_t j) const {
    return Sparse ? static_cast<std::size_t>(columns[j]) : j;
  }
};

template <bool Sparse>
Row<Sparse> row_of(const DescentRows& rows, std::size_t i) {
  if constexpr (Sparse) {
    const auto start = static_cast<std::size_t>(rows.starts[i]);
    const auto end = static_cast<std::size_t>(rows.starts[i + 1]);
    return {rows.values + start, rows.columns + start, end - start};
  } else {
    return {rows.values + i * rows.n_columns, nullptr, rows.n_columns};
  }
}

/// `WeightVector.reset_wscale` of one lane.
void reset_scale(const SgdBlock& block, std::size_t n_columns, std::size_t l, double scale) {
  block.vanished[l] |= scale == 0.0;
  for (std::size_t j = 0; j < n_columns; ++j) {
    block.weights[j * block.width + l] *= scale;
  }
}

/// One epoch of all lanes.
template <std::size_t G, bool Sparse>
void run_epoch(const DescentRows& rows, const int* order, std::size_t n_rows, double decay, SgdBlock& block) {
  using V = Lanes<G>;
  using M = Mask<G>;
  constexpr std::size_t kWidth = 4 * G;
  const V zero = V::all(0.0);
  const V one = V::all(1.0);
  const V largest = V::all(kLargestGradient);
  auto s = scalars_of<G>(block);
  const std::size_t n_lanes = block.n_lanes;
  double* const weights = block.weights;
  double* const penalties = block.penalties;
  const bool any_optimal = s.optimal.any();
  const bool any_penalised = s.penalised.any();
  const bool any_scales = s.scales.any();
  const bool any_truncates = s.truncates.any();
  bool any_inverse = false;
  for (std::size_t l = 0; l < n_lanes; ++l) {
    any_inverse |= block.settings[l]->rate == LearningRate::kInverseScaling;
  }
  const V l2_factor = (one - s.l1_ratio) * 0.5;
  const V rest_ratio = one - s.l1_ratio;
  const double* const targets = rows.targets.data();
  const double* const row_weights = rows.weights.data();
  double t = block.t;

  for (std::size_t place = 0; place < n_rows; ++place) {
    const auto i = static_cast<std::size_t>(order[place]);
    const auto row = row_of<Sparse>(rows, i);
    const double y = targets[i];

    V p = zero;
    for (std::size_t j = 0; j < row.n; ++j) {
      p = p + V::load(weights + row.column(j) * kWidth) * row.values[j];
    }
    p = p * s.wscale + s.intercept;

    if (any_optimal) {
      s.eta = blend(s.optimal, one / (s.alpha * (s.optimal_init + t - 1.0)), s.eta);
    }
    if (any_inverse) {
      for (std::size_t l = 0; l < n_lanes; ++l) {
        const SgdSettings& set = *block.settings[l];
        if (set.rate == LearningRate::kInverseScaling) {
          s.eta.set(l, set.eta0 / std::pow(t, set.power_t));
        }
      }
    }

    V loss = zero;
    V gradient = zero;
    for (std::size_t l = 0; l < n_lanes; ++l) {
      const SgdSettings& set = *block.settings[l];
      loss.set(l, loss_of(set.loss, set.loss_parameter, y, p.get(l)));
      gradient.set(l, gradient_of(set.loss, set.loss_parameter, y, p.get(l)));
    }
    s.objective = s.objective + loss;
    if (any_penalised) {
      const V norm = root(s.sq_norm);
      const V more = s.objective + s.alpha * (l2_factor * (norm * norm) + s.l1_ratio * s.l1_norm);
      s.objective = blend(s.penalised, more, s.objective);
    }
    gradient = blend(gradient < -largest, -largest, gradient);
    gradient = blend(gradient > largest, largest, gradient);
    V update = -s.eta * gradient;
    update = update * ((y > 0.0 ? s.positive_weight : s.negative_weight) * row_weights[i]);

    if (any_scales) {
      V factor = one - rest_ratio * s.eta * s.alpha;
      factor = blend(factor > zero, factor, zero);
      factor = blend(s.scales, factor, one);
      s.wscale = s.wscale * factor;
      s.sq_norm = s.sq_norm * (factor * factor);
      s.l1_norm = s.l1_norm * factor;  // which is not negative
      const M small = s.scales & (s.wscale < V::all(kSmallestScale));
      if (small.any()) {
        for (std::size_t l = 0; l < n_lanes; ++l) {
          if (small.holds(l)) {
            reset_scale(block, rows.n_columns, l, s.wscale.get(l));
          }
        }
        s.wscale = blend(small, one, s.wscale);
      }
    }

    const M moves = update != zero;
    if (moves.any()) {
      const V step = update / s.wscale;
      V l2 = zero;
      V l1 = zero;
      for (std::size_t j = 0; j < row.n; ++j) {
        double* const at = weights + row.column(j) * kWidth;
        const V before = V::load(at);
        const V after = blend(moves, before + step * row.values[j], before);
        after.store(at);
        l2 = l2 + after * after;
        l1 = l1 + magnitude(after);
      }
      s.sq_norm = blend(moves, l2 * (s.wscale * s.wscale), s.sq_norm);
      s.l1_norm = blend(moves, l1 * s.wscale, s.l1_norm);
      s.intercept = blend(moves & s.fits_intercept, s.intercept + update * decay, s.intercept);
    }

    if (any_truncates) {
      s.u = blend(s.truncates, s.u + s.l1_ratio * s.eta * s.alpha, s.u);
      for (std::size_t j = 0; j < row.n; ++j) {
        const std::size_t at = row.column(j) * kWidth;
        const V z = V::load(weights + at);
        const V q = V::load(penalties + at);
        const V scaled = s.wscale * z;
        const M positive = scaled > zero;
        const M negative = scaled < zero;
        const V shift = blend(positive, s.u + q, s.u - q) / s.wscale;
        const V lower = z - shift;
        const V higher = z + shift;
        V after = blend(positive, blend(lower > zero, lower, zero), blend(higher < zero, higher, zero));
        after = blend((positive | negative) & s.truncates, after, z);
        after.store(weights + at);
        (q + s.wscale * (after - z)).store(penalties + at);
      }
    }
    t += 1;
  }

  for (std::size_t l = 0; l < n_lanes; ++l) {
    block.wscale[l] = s.wscale.get(l);
    block.sq_norm[l] = s.sq_norm.get(l);
    block.l1_norm[l] = s.l1_norm.get(l);
    block.intercept[l] = s.intercept.get(l);
    block.u[l] = s.u.get(l);
    block.eta[l] = s.eta.get(l);
    block.objective[l] = s.objective.get(l);
  }
  block.t = t;
}

}  // namespace

void run_sgd_epoch(const DescentRows& rows, const int* order, std::size_t n_rows, double intercept_decay,
                   SgdBlock& block) {
  const bool sparse = rows.starts != nullptr;
  const auto run = block.width == 4   ? (sparse ? &run_epoch<1, true> : &run_epoch<1, false>)
                   : block.width == 8 ? (sparse ? &run_epoch<2, true> : &run_epoch<2, false>)
                                      : (sparse ? &run_epoch<3, true> : &run_epoch<3, false>);
  run(rows, order, n_rows, intercept_decay, block);
}

}  // namespace tenfold::kernels
