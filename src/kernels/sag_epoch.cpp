#include "kernels/sag_epoch.hpp"

#include "kernels/lane_vectors.hpp"
#include "kernels/sample_loss.hpp"

namespace tenfold::kernels {
namespace {

constexpr double kSmallestScale = 1e-9;

template <std::size_t G>
Lanes<G> larger(const Lanes<G>& a, const Lanes<G>& b) {
  return blend(a > b, a, b);
}

template <std::size_t G>
Lanes<G> soft_threshold(const Lanes<G>& x, const Lanes<G>& shrinkage) {
  const auto zero = Lanes<G>::all(0.0);
  return larger(x - shrinkage, zero) - larger(-x - shrinkage, zero);
}

/// One epoch of all lanes; what does not change in it is kept here.
template <std::size_t G>
class Epoch {
  using V = Lanes<G>;
  static constexpr std::size_t kWidth = 4 * G;

 public:
  Epoch(const DescentRows& rows, const SagProblem& problem, std::size_t n_rows, SagProgress& progress,
        SagBlock& block)
      : rows_(rows), problem_(problem), n_rows_(n_rows), progress_(progress), block_(block) {
    for (std::size_t l = 0; l < kWidth; ++l) {
      // Lanes without a candidate do what the first does; nobody looks at it.
      const std::size_t from = l < block.n_lanes ? l : 0;
      step_.set(l, block.step_size[from]);
      scale_update_.set(l, 1.0 - block.step_size[from] * block.alpha[from]);
      const double beta = problem.saga ? block.beta[from] : 0.0;
      shrinkage_.set(l, block.step_size[from] * block.beta[from]);
      shrinks_.set(l, beta > 0);
    }
  }

  void run() {
    for (std::size_t place = 0; place < n_rows_; ++place) {
      const std::size_t i = next_draw(progress_.seed) % n_rows_;
      if (progress_.seen[i] == 0) {
        progress_.seen[i] = 1;
        ++progress_.n_seen;
      }
      const double* const row = rows_.values + i * rows_.n_columns;
      catch_up(row, place > 0);
      find_gradient(i);
      scale_ = scale_ * scale_update_;
      step(row, block_.memory + i * problem_.n_classes * kWidth);
      step_intercept(block_.memory + i * problem_.n_classes * kWidth);
      const V awaited = step_ / (scale_ * static_cast<double>(progress_.n_seen));
      before_ = now_;
      now_ = now_ + awaited;
      prox_before_ = prox_now_;
      prox_now_ = prox_now_ + shrinkage_ / scale_;
      const auto small = scale_ < V::all(kSmallestScale);
      if (small.any()) {
        rescale(small, place + 1 == n_rows_);
      }
    }
    rescale(V::all(0.0) < V::all(1.0), false);
  }

 private:
  /// The steps that weights wait for, and the prediction of the row with the weights that these give.
  void catch_up(const double* row, bool any_step) {
    const Waiting waiting = awaited();
    const V scale = scale_;
    for (std::size_t k = 0; k < problem_.n_classes; ++k) {
      V product = V::all(0.0);
      for (std::size_t j = 0; j < rows_.n_columns; ++j) {
        const std::size_t at = (j * problem_.n_classes + k) * kWidth;
        V w = V::load(block_.weights + at);
        if (any_step) {
          w = waiting.done(w, V::load(block_.sum_gradient + at));
          w.store(block_.weights + at);
        }
        product = product + w * row[j];
      }
      (scale * product + V::load(block_.intercept + k * kWidth)).store(block_.prediction + k * kWidth);
    }
    idle_ = {};
  }

  /// Steps of the average gradient that have not been taken, and shrinking after them.
  struct Waiting {
    V step, shrinkage;
    Mask<G> shrinks;  ///< of the lanes with an L1 penalty, those where anything waits
    Mask<G> idle;     ///< the others of them
    bool any_shrinks, any_idle;

    [[nodiscard]] V done(const V& w, const V& sum_gradient) const {
      V moved = w - step * sum_gradient;
      if (any_shrinks) {
        moved = blend(shrinks, soft_threshold(moved, shrinkage), moved);
      }
      return any_idle ? blend(idle, w, moved) : moved;
    }
  };

  [[nodiscard]] Waiting awaited() const {
    const auto shrinks = shrinks_ & !idle_;
    const auto idle = shrinks_ & idle_;
    return {now_ - before_, prox_now_ - prox_before_, shrinks, idle, shrinks.any(), idle.any()};
  }

  void find_gradient(std::size_t i) {
    const double y = rows_.targets[i];
    const double weight = rows_.weights[i];
    if (problem_.loss == AverageLoss::kMultinomial) {
      for (std::size_t l = 0; l < block_.n_lanes; ++l) {
        find_class_gradients(l, y, weight);
      }
      return;
    }
    for (std::size_t l = 0; l < block_.n_lanes; ++l) {
      const double p = block_.prediction[l];
      const double gradient =
          problem_.loss == AverageLoss::kHalfBinomial ? half_binomial_gradient(y, p) : p - y;
      block_.gradient[l] = gradient * weight;
    }
  }

  void find_class_gradients(std::size_t l, double y, double weight) {
    const double* const p = block_.prediction + l;
    double* const gradient = block_.gradient + l;
    double largest = p[0];
    for (std::size_t k = 1; k < problem_.n_classes; ++k) {
      if (largest < p[k * kWidth]) {
        largest = p[k * kWidth];
      }
    }
    double sum = 0;
    for (std::size_t k = 0; k < problem_.n_classes; ++k) {
      gradient[k * kWidth] = std::exp(p[k * kWidth] - largest);
      sum += gradient[k * kWidth];
    }
    for (std::size_t k = 0; k < problem_.n_classes; ++k) {
      const double share = gradient[k * kWidth] / sum;
      gradient[k * kWidth] = (share - (y == static_cast<double>(k) ? 1 : 0)) * weight;
    }
  }

  void step(const double* row, const double* memory) {
    const double remaining = 1 - 1. / progress_.n_seen;
    const V scale = scale_;
    const V step_size = step_;
    for (std::size_t k = 0; k < problem_.n_classes; ++k) {
      const V change = V::load(block_.gradient + k * kWidth) - V::load(memory + k * kWidth);
      for (std::size_t j = 0; j < rows_.n_columns; ++j) {
        const std::size_t at = (j * problem_.n_classes + k) * kWidth;
        const V correction = change * row[j];
        if (problem_.saga) {
          const V w = V::load(block_.weights + at);
          (w - correction * step_size * remaining / scale).store(block_.weights + at);
        }
        (V::load(block_.sum_gradient + at) + correction).store(block_.sum_gradient + at);
      }
    }
  }

  void step_intercept(double* memory) {
    const auto n_seen = static_cast<double>(progress_.n_seen);
    for (std::size_t k = 0; k < problem_.n_classes; ++k) {
      const V gradient = V::load(block_.gradient + k * kWidth);
      if (problem_.fits_intercept) {
        const V change = gradient - V::load(memory + k * kWidth);
        const V sum = V::load(block_.intercept_sum + k * kWidth) + change;
        sum.store(block_.intercept_sum + k * kWidth);
        V moved = step_ * sum / V::all(n_seen);
        if (problem_.saga) {
          moved = moved + change * (step_ * (1. - 1. / progress_.n_seen));
        }
        const V intercept = V::load(block_.intercept + k * kWidth) - moved;
        intercept.store(block_.intercept + k * kWidth);
        const auto bad = (intercept - intercept) != V::all(0.0);
        if (bad.any()) {
          mark(bad);
        }
      }
      gradient.store(memory + k * kWidth);
    }
  }

  /// Scale the weights of some lanes, all steps done, and begin their sums again.
  void rescale(const Mask<G>& some, bool after_last) {
    const Waiting waiting = awaited();
    const V scale = scale_;
    for (std::size_t at = 0; at < rows_.n_columns * problem_.n_classes * kWidth; at += kWidth) {
      const V w = V::load(block_.weights + at);
      const V moved = waiting.done(w, V::load(block_.sum_gradient + at)) * scale;
      blend(some, moved, w).store(block_.weights + at);
      const auto bad = some & ((moved - moved) != V::all(0.0));
      if (bad.any()) {
        mark(bad);
      }
    }
    if (after_last && (some & shrinks_).any()) {
      mark(some & shrinks_);
    }
    const V zero = V::all(0.0);
    scale_ = blend(some, V::all(1.0), scale_);
    now_ = blend(some, zero, now_);
    before_ = blend(some, zero, before_);
    prox_now_ = blend(some, zero, prox_now_);
    prox_before_ = blend(some, zero, prox_before_);
    idle_ = idle_ | some;
  }

  void mark(const Mask<G>& bad) {
    for (std::size_t l = 0; l < block_.n_lanes; ++l) {
      if (bad.holds(l)) {
        block_.sound[l] = false;
      }
    }
  }

  const DescentRows& rows_;
  const SagProblem& problem_;
  const std::size_t n_rows_;
  SagProgress& progress_;
  SagBlock& block_;
  V step_{}, scale_update_{}, shrinkage_{};
  Mask<G> shrinks_{};
  V scale_ = V::all(1.0);
  /// Cumulative sums up to this row and to the one before, of steps and of what is shrunk by.
  V now_{}, before_{}, prox_now_{}, prox_before_{};
  Mask<G> idle_{};  ///< lanes that have begun their sums again, with this row: nothing waits
};

}  // namespace

void run_sag_epoch(const DescentRows& rows, const SagProblem& problem, std::size_t n_rows,
                   SagProgress& progress, SagBlock& block) {
  if (block.width == 4) {
    Epoch<1>(rows, problem, n_rows, progress, block).run();
  } else if (block.width == 8) {
    Epoch<2>(rows, problem, n_rows, progress, block).run();
  } else {
    Epoch<3>(rows, problem, n_rows, progress, block).run();
  }
}

}  // namespace tenfold::kernels
