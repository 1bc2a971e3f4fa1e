#include "kernels/smo_solver.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

#include "kernels/smo_loops.hpp"

namespace tenfold::kernels {
namespace {

/// Kernel rows in the order of places, times the sign of each place: Q of a variable but for its own sign.
class OrderedRows {
 public:
  OrderedRows(Kernel& kernel, std::size_t n_places, std::size_t most_bytes)
      : kernel_(kernel),
        stride_(whole_blocks(n_places)),
        capacity_(std::max<std::size_t>(4, most_bytes / (stride_ * sizeof(float)))),
        slot_of_(kernel.diagonal().size(), -1) {}

  /// Places have changed: `rows` and `signs` of each, up to a whole block.
  void arrange(const int* rows, const float* signs) {
    rows_ = rows;
    signs_ = signs;
    std::ranges::fill(slot_of_, -1);
    used_ = 0;
  }

  /// A row up to `n` places; `kept`, if any, is a row that stays where it is.
  const float* get(int row, std::size_t n, const float* kept = nullptr) {
    auto& slot = slot_of_[static_cast<std::size_t>(row)];
    if (slot < 0) {
      slot = static_cast<int>(free_slot(kept));
      slots_[static_cast<std::size_t>(slot)].row = row;
      slots_[static_cast<std::size_t>(slot)].n = 0;
    }
    Slot& found = slots_[static_cast<std::size_t>(slot)];
    if (const std::size_t wanted = whole_blocks(n); found.n < wanted) {
      cut_row(kernel_.row(row), rows_ + found.n, signs_ + found.n, found.values.get() + found.n,
              wanted - found.n);
      found.n = wanted;
    }
    return found.values.get();
  }

 private:
  struct Slot {
    std::unique_ptr<float[]> values;
    int row = -1;
    std::size_t n = 0;  ///< places that are filled
  };

  std::size_t free_slot(const float* kept) {
    if (used_ < capacity_) {
      if (used_ == slots_.size()) {
        slots_.push_back({std::make_unique_for_overwrite<float[]>(stride_), -1, 0});
      }
      return used_++;
    }
    do {
      next_ = (next_ + 1) % capacity_;
    } while (slots_[next_].values.get() == kept);
    slot_of_[static_cast<std::size_t>(slots_[next_].row)] = -1;
    return next_;
  }

  Kernel& kernel_;
  std::size_t stride_;
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::size_t next_ = 0;
  std::vector<int> slot_of_;
  std::vector<Slot> slots_;
  const int* rows_ = nullptr;
  const float* signs_ = nullptr;
};

enum class Status : std::uint8_t { kLower, kUpper, kFree };

/// What decides whether a variable is shrunk: the largest violations upwards and downwards, a sign each.
struct Violations {
  double up = kNone;
  double down = kNone;
};

class Solver {
 public:
  Solver(Kernel& kernel, DualProblem problem, const SolverSettings& settings)
      : settings_(settings),
        problem_(std::move(problem)),
        n_(problem_.alpha.size()),
        size_(whole_blocks(n_)),
        n_active_(n_),
        rows_(kernel, n_, settings.most_bytes) {
    problem_.rows.resize(size_, problem_.rows.empty() ? 0 : problem_.rows[0]);
    problem_.signs.resize(size_, 0.0);
    float_signs_.assign(problem_.signs.begin(), problem_.signs.end());
    status_.resize(n_);
    variable_.resize(n_);
    diagonal_.resize(size_);
    for (std::size_t t = 0; t < n_; ++t) {
      status_[t] = status_of(t);
      variable_[t] = static_cast<int>(t);
      diagonal_[t] = kernel.diagonal()[static_cast<std::size_t>(problem_.rows[t])];
    }
    for (std::size_t s = 0; s < n_sides(); ++s) {
      up_[s].resize(size_);
      low_[s].resize(size_);
    }
    rows_.arrange(problem_.rows.data(), float_signs_.data());
    set_penalties();
    set_gradient();
  }

  DualSolution solve() {
    DualSolution found;
    auto& alpha = problem_.alpha;
    const int between = static_cast<int>(std::min<std::size_t>(n_, 1000));
    int counter = between + 1;
    while (true) {
      if (settings_.max_iter != -1 && found.n_iter >= settings_.max_iter) {
        found.stopped = true;
        break;
      }
      if (--counter == 0) {
        counter = between;
        if (settings_.shrinking) {
          shrink();
        }
      }
      std::size_t i = 0;
      std::size_t j = 0;
      if (!select(i, j)) {
        unshrink();
        if (!select(i, j)) {
          break;
        }
        counter = 1;  // shrinks before the next iteration
      }
      ++found.n_iter;
      step(i, j);
    }
    set_rho(found);
    found.alpha.resize(n_);
    for (std::size_t t = 0; t < n_; ++t) {
      found.alpha[static_cast<std::size_t>(variable_[t])] = alpha[t];
    }
    return found;
  }

 private:
  [[nodiscard]] std::size_t n_sides() const { return problem_.nu ? 2 : 1; }
  [[nodiscard]] bool positive(std::size_t t) const { return problem_.signs[t] > 0; }
  [[nodiscard]] bool is_upper(std::size_t t) const { return status_[t] == Status::kUpper; }
  [[nodiscard]] bool is_lower(std::size_t t) const { return status_[t] == Status::kLower; }

  [[nodiscard]] Status status_of(std::size_t t) const {
    if (problem_.alpha[t] >= problem_.upper[t]) {
      return Status::kUpper;
    }
    return problem_.alpha[t] <= 0 ? Status::kLower : Status::kFree;
  }

  /// Q's row of the variable at a place, but for its own sign.
  const float* row_of(std::size_t t, std::size_t n, const float* kept = nullptr) {
    return rows_.get(problem_.rows[t], n, kept);
  }

  void set_penalty(std::size_t t) {
    const bool active = t < n_active_;
    const bool up = active && !(positive(t) ? is_upper(t) : is_lower(t));
    const bool low = active && !(positive(t) ? is_lower(t) : is_upper(t));
    const std::size_t side = problem_.nu && !positive(t) ? 1 : 0;
    up_[side][t] = up ? 0.0 : kNone;
    low_[side][t] = low ? 0.0 : kNone;
  }

  /// Anew, as active variables have changed, or places.
  void set_penalties() {
    for (std::size_t s = 0; s < n_sides(); ++s) {
      std::ranges::fill(up_[s], kNone);
      std::ranges::fill(low_[s], kNone);
    }
    for (std::size_t t = 0; t < n_active_; ++t) {
      set_penalty(t);
    }
  }

  void set_gradient() {
    gradient_.assign(size_, 0.0);
    at_bounds_.assign(size_, 0.0);
    std::ranges::copy(problem_.p, gradient_.begin());
    for (std::size_t t = 0; t < n_; ++t) {
      if (!is_lower(t)) {
        const float* row = row_of(t, n_);
        add_row(gradient_.data(), problem_.signs[t] * problem_.alpha[t], row, size_);
        if (is_upper(t)) {
          add_row(at_bounds_.data(), problem_.signs[t] * problem_.upper[t], row, size_);
        }
      }
    }
  }

  /// The gradient of variables that are not active, from those that are; all are active then.
  void unshrink() {
    if (n_active_ != n_) {
      for (std::size_t t = n_active_; t < n_; ++t) {
        gradient_[t] = at_bounds_[t] + problem_.p[t];
      }
      for (std::size_t t = 0; t < n_active_; ++t) {
        if (status_[t] == Status::kFree) {
          const float* row = row_of(t, n_);
          add_row(gradient_.data() + n_active_, problem_.signs[t] * problem_.alpha[t], row + n_active_,
                  n_ - n_active_);
        }
      }
      n_active_ = n_;
      set_penalties();
    }
  }

  /// The pair that promises most; false where none violates by the tolerance.
  bool select(std::size_t& out_i, std::size_t& out_j) {
    const std::size_t n = whole_blocks(n_active_);
    std::array<Largest, 2> first{};
    Largest best;
    double violation = kNone;
    const float* kept = nullptr;
    for (std::size_t s = 0; s < n_sides(); ++s) {
      first[s] = first_of_pair(gradient_.data(), problem_.signs.data(), up_[s].data(), n);
      if (first[s].value == kNone) {
        continue;
      }
      const float* row = row_of(first[s].place, n_active_, kept);
      kept = row;
      const Second second =
          second_of_pair(gradient_.data(), problem_.signs.data(), low_[s].data(), diagonal_.data(),
                         {first[s].value, diagonal_[first[s].place], row}, n);
      violation = std::max(violation, first[s].value + second.violation);
      const bool later = second.gain.value == best.value && second.gain.place > best.place;
      if (second.gain.value != kNone && (second.gain.value > best.value || later)) {
        best = second.gain;
        out_i = first[s].place;
      }
    }
    out_j = best.place;
    return !(violation < settings_.tol || best.value == kNone);
  }

  /// Moves a pair of variables, and the gradient with them.
  void step(std::size_t i, std::size_t j) {
    auto& alpha = problem_.alpha;
    const float* row_i = row_of(i, n_active_);
    const float* row_j = row_of(j, n_active_, row_i);
    const double old_i = alpha[i];
    const double old_j = alpha[j];
    const double sign_i = problem_.signs[i];
    const double sign_j = problem_.signs[j];
    move(i, j, diagonal_[i] + diagonal_[j], sign_i * (2.0 * static_cast<double>(row_i[j])));
    const double delta_i = sign_i * (alpha[i] - old_i);
    const double delta_j = sign_j * (alpha[j] - old_j);
    add_rows(gradient_.data(), row_i, delta_i, row_j, delta_j, whole_blocks(n_active_));
    update_status(i);
    update_status(j);
  }

  /// Libsvm's update of two variables within their bounds; `twice_q` is 2 Q_ij.
  void move(std::size_t i, std::size_t j, double diagonals, double twice_q) {
    double& a_i = problem_.alpha[i];
    double& a_j = problem_.alpha[j];
    const double upper_i = problem_.upper[i];
    const double upper_j = problem_.upper[j];
    if (positive(i) != positive(j)) {
      double curvature = diagonals + twice_q;
      curvature = curvature <= 0 ? kTau : curvature;
      const double delta = (-gradient_[i] - gradient_[j]) / curvature;
      const double difference = a_i - a_j;
      a_i += delta;
      a_j += delta;
      if (difference > 0) {
        if (a_j < 0) {
          a_j = 0;
          a_i = difference;
        }
      } else if (a_i < 0) {
        a_i = 0;
        a_j = -difference;
      }
      if (difference > upper_i - upper_j) {
        if (a_i > upper_i) {
          a_i = upper_i;
          a_j = upper_i - difference;
        }
      } else if (a_j > upper_j) {
        a_j = upper_j;
        a_i = upper_j + difference;
      }
      return;
    }
    double curvature = diagonals - twice_q;
    curvature = curvature <= 0 ? kTau : curvature;
    const double delta = (gradient_[i] - gradient_[j]) / curvature;
    const double sum = a_i + a_j;
    a_i -= delta;
    a_j += delta;
    if (sum > upper_i) {
      if (a_i > upper_i) {
        a_i = upper_i;
        a_j = sum - upper_i;
      }
    } else if (a_j < 0) {
      a_j = 0;
      a_i = sum;
    }
    if (sum > upper_j) {
      if (a_j > upper_j) {
        a_j = upper_j;
        a_i = sum - upper_j;
      }
    } else if (a_i < 0) {
      a_i = 0;
      a_j = sum;
    }
  }

  void update_status(std::size_t t) {
    const bool was_upper = is_upper(t);
    status_[t] = status_of(t);
    set_penalty(t);
    if (was_upper != is_upper(t)) {
      const double factor = problem_.signs[t] * problem_.upper[t];
      add_row(at_bounds_.data(), was_upper ? -factor : factor, row_of(t, n_), size_);
    }
  }

  /// Libsvm's do_shrinking: variables that are surely at a bound leave those that are active.
  void shrink() {
    std::array<Violations, 2> worst = worst_violations();
    const auto total = [](const Violations& v) { return v.up + v.down; };
    if (!unshrunk_ && std::max(total(worst[0]), total(worst[1])) <= settings_.tol * 10) {
      unshrunk_ = true;
      unshrink();
    }
    bool moved = false;
    for (std::size_t t = 0; t < n_active_; ++t) {
      if (!is_to_shrink(t, worst)) {
        continue;
      }
      --n_active_;
      while (n_active_ > t) {
        if (!is_to_shrink(n_active_, worst)) {
          swap_places(t, n_active_);
          moved = true;
          break;
        }
        --n_active_;
      }
    }
    if (moved) {
      std::ranges::copy(problem_.signs, float_signs_.begin());
      rows_.arrange(problem_.rows.data(), float_signs_.data());
    }
    set_penalties();
  }

  [[nodiscard]] std::size_t side_of(std::size_t t) const { return problem_.nu && !positive(t) ? 1 : 0; }

  [[nodiscard]] std::array<Violations, 2> worst_violations() const {
    std::array<Violations, 2> worst{};
    for (std::size_t t = 0; t < n_active_; ++t) {
      Violations& side = worst[side_of(t)];
      const double downwards = problem_.signs[t] * gradient_[t];
      if (!(positive(t) ? is_upper(t) : is_lower(t))) {
        side.up = std::max(side.up, -downwards);
      }
      if (!(positive(t) ? is_lower(t) : is_upper(t))) {
        side.down = std::max(side.down, downwards);
      }
    }
    return worst;
  }

  [[nodiscard]] bool is_to_shrink(std::size_t t, const std::array<Violations, 2>& worst) const {
    if (status_[t] == Status::kFree) {
      return false;
    }
    const Violations& side = worst[side_of(t)];
    const double downwards = problem_.signs[t] * gradient_[t];
    return is_upper(t) == positive(t) ? -downwards > side.up : downwards > side.down;
  }

  void swap_places(std::size_t a, std::size_t b) {
    std::swap(problem_.rows[a], problem_.rows[b]);
    std::swap(problem_.signs[a], problem_.signs[b]);
    std::swap(problem_.p[a], problem_.p[b]);
    std::swap(problem_.upper[a], problem_.upper[b]);
    std::swap(problem_.alpha[a], problem_.alpha[b]);
    std::swap(status_[a], status_[b]);
    std::swap(variable_[a], variable_[b]);
    std::swap(diagonal_[a], diagonal_[b]);
    std::swap(gradient_[a], gradient_[b]);
    std::swap(at_bounds_[a], at_bounds_[b]);
  }

  /// Libsvm's calculate_rho: the mean gradient of free variables, or the middle of what bounds allow.
  void set_rho(DualSolution& found) const {
    std::array<double, 2> rho{};
    for (std::size_t s = 0; s < n_sides(); ++s) {
      double above = -kNone;
      double below = kNone;
      double sum = 0.0;
      int n_free = 0;
      for (std::size_t t = 0; t < n_active_; ++t) {
        if (side_of(t) != s) {
          continue;
        }
        const double value = problem_.nu ? gradient_[t] : problem_.signs[t] * gradient_[t];
        const bool upwards = problem_.nu || positive(t);
        if (status_[t] == Status::kFree) {
          ++n_free;
          sum += value;
        } else if (is_upper(t) == upwards) {
          below = std::max(below, value);
        } else {
          above = std::min(above, value);
        }
      }
      rho[s] = n_free > 0 ? sum / n_free : (above + below) / 2;
    }
    found.rho = problem_.nu ? (rho[0] - rho[1]) / 2 : rho[0];
    found.r = (rho[0] + rho[1]) / 2;
  }

  SolverSettings settings_;
  DualProblem problem_;
  std::size_t n_;
  std::size_t size_;  ///< n_ up to a whole block
  std::size_t n_active_;
  bool unshrunk_ = false;
  OrderedRows rows_;
  std::vector<float> float_signs_;
  std::vector<Status> status_;
  std::vector<int> variable_;  ///< libsvm's active_set
  std::vector<double> diagonal_;
  std::vector<double> gradient_;
  std::vector<double> at_bounds_;  ///< libsvm's G_bar: the gradient if free variables were zero
  std::array<std::vector<double>, 2> up_;
  std::array<std::vector<double>, 2> low_;
};

}  // namespace

DualSolution solve(Kernel& kernel, DualProblem problem, const SolverSettings& settings) {
  return Solver(kernel, std::move(problem), settings).solve();
}

}  // namespace tenfold::kernels
