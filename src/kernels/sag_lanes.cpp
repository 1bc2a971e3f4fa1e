#include "kernels/sag_lanes.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "kernels/sag_epoch.hpp"

namespace tenfold::kernels {
namespace {

constexpr std::size_t kWidest = 12;

std::size_t width_for(std::size_t n_lanes) {
  return (n_lanes + 3) / 4 * 4;
}

/// At most kWidest candidates that are descended in step; those that are done leave.
class Block {
 public:
  Block(const DescentRows& rows, const SagProblem& problem, std::span<const SagSettings> candidates,
        std::span<SagFit> fits)
      : rows_(rows), problem_(problem), candidates_(candidates), fits_(fits), width_(width_for(fits.size())) {
    for (std::size_t l = 0; l < fits.size(); ++l) {
      lanes_.push_back(l);
    }
    const std::size_t n_weights = rows.n_columns * problem.n_classes;
    weights_.assign(n_weights * width_, 0.0);
    sum_gradient_ = previous_ = weights_;
    memory_.assign(rows.targets.size() * problem.n_classes * width_, 0.0);
    intercept_.assign(problem.n_classes * width_, 0.0);
    intercept_sum_ = prediction_ = gradient_ = intercept_;
  }

  void run() {
    const std::size_t n_rows = rows_.targets.size();
    std::vector<unsigned char> seen(n_rows);
    SagProgress progress{.seed = problem_.seed, .seen = seen.data()};
    for (int n_epochs = 1; !lanes_.empty(); ++n_epochs) {
      run_epoch(progress);
      std::vector<std::size_t> left;
      for (std::size_t place = 0; place < lanes_.size(); ++place) {
        const bool over = converged(place) || n_epochs == candidates_[lanes_[place]].max_iter;
        if (over || !fits_[lanes_[place]].sound) {
          finish(place, n_epochs);
        } else {
          left.push_back(place);
        }
      }
      if (left.size() < lanes_.size()) {
        keep(left);
      }
    }
  }

 private:
  void run_epoch(SagProgress& progress) {
    const std::size_t n = lanes_.size();
    std::vector<double> step_size(n), alpha(n), beta(n);
    const auto sound = std::make_unique<bool[]>(n);
    for (std::size_t place = 0; place < n; ++place) {
      const SagSettings& set = candidates_[lanes_[place]];
      step_size[place] = set.step_size;
      alpha[place] = set.alpha;
      beta[place] = set.beta;
      sound[place] = true;
    }
    SagBlock block{.width = width_,
                   .n_lanes = n,
                   .weights = weights_.data(),
                   .sum_gradient = sum_gradient_.data(),
                   .memory = memory_.data(),
                   .intercept = intercept_.data(),
                   .intercept_sum = intercept_sum_.data(),
                   .prediction = prediction_.data(),
                   .gradient = gradient_.data(),
                   .step_size = step_size.data(),
                   .alpha = alpha.data(),
                   .beta = beta.data(),
                   .sound = sound.get()};
    run_sag_epoch(rows_, problem_, rows_.targets.size(), progress, block);
    for (std::size_t place = 0; place < n; ++place) {
      fits_[lanes_[place]].sound = sound[place];
    }
  }

  /// Whether weights have changed by no more than tol times the largest of them.
  bool converged(std::size_t place) {
    double max_change = 0.0;
    double max_weight = 0.0;
    for (std::size_t at = place; at < weights_.size(); at += width_) {
      const double weight = std::fabs(weights_[at]);
      const double change = std::fabs(weights_[at] - previous_[at]);
      max_weight = max_weight > weight ? max_weight : weight;
      max_change = max_change > change ? max_change : change;
      previous_[at] = weights_[at];
    }
    return max_weight != 0 ? max_change / max_weight <= candidates_[lanes_[place]].tol : max_change == 0;
  }

  void finish(std::size_t place, int n_epochs) {
    SagFit& fit = fits_[lanes_[place]];
    fit.n_iter = n_epochs;
    for (std::size_t at = place; at < weights_.size(); at += width_) {
      fit.coef.push_back(weights_[at]);
    }
    for (std::size_t at = place; at < intercept_.size(); at += width_) {
      fit.intercept.push_back(intercept_[at]);
    }
  }

  void keep(const std::vector<std::size_t>& left) {
    const std::size_t width = width_for(left.size());
    for (auto* values : {&weights_, &sum_gradient_, &previous_, &memory_, &intercept_, &intercept_sum_,
                         &prediction_, &gradient_}) {
      const std::size_t n = values->size() / width_;
      std::vector<double> kept(n * width);
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t k = 0; k < left.size(); ++k) {
          kept[j * width + k] = (*values)[j * width_ + left[k]];
        }
      }
      *values = std::move(kept);
    }
    width_ = width;
    for (std::size_t k = 0; k < left.size(); ++k) {
      lanes_[k] = lanes_[left[k]];
    }
    lanes_.resize(left.size());
  }

  const DescentRows& rows_;
  const SagProblem& problem_;
  std::span<const SagSettings> candidates_;
  std::span<SagFit> fits_;
  std::size_t width_;
  std::vector<std::size_t> lanes_;  ///< which candidate each is
  std::vector<double> weights_, sum_gradient_, previous_, memory_;
  std::vector<double> intercept_, intercept_sum_, prediction_, gradient_;
};

}  // namespace

std::vector<SagFit> descend_sag(const DescentRows& rows, const SagProblem& problem,
                                std::span<const SagSettings> candidates) {
  if (rows.starts != nullptr) {
    throw std::invalid_argument("rows must be dense");
  }
  std::vector<SagFit> fits(candidates.size());
  for (std::size_t first = 0; first < candidates.size(); first += kWidest) {
    const std::size_t n = std::min(kWidest, candidates.size() - first);
    Block(rows, problem, candidates.subspan(first, n), std::span(fits).subspan(first, n)).run();
  }
  return fits;
}

}  // namespace tenfold::kernels
