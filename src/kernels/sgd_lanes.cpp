#include "kernels/sgd_lanes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "kernels/sgd_epoch.hpp"

namespace tenfold::kernels {
namespace {

constexpr std::size_t kWidest = 12;

std::size_t width_for(std::size_t n_lanes) {
  return (n_lanes + 3) / 4 * 4;
}

double optimal_init_of(const SgdSettings& set) {
  if (set.rate != LearningRate::kOptimal) {
    return 0.0;
  }
  const double typical = std::sqrt(1.0 / std::sqrt(set.alpha));
  const double gradient = gradient_of(set.loss, set.loss_parameter, 1.0, -typical);
  const double first = typical / (gradient > 1.0 ? gradient : 1.0);
  return 1.0 / (first * set.alpha);
}

/// A candidate beside its weights, which lie in the block's.
struct Lane {
  const SgdSettings* settings = nullptr;
  SgdFit* fit = nullptr;
  double optimal_init = 0.0;
  double wscale = 1.0, sq_norm = 0.0, l1_norm = 0.0, intercept = 0.0, u = 0.0, eta = 0.0, objective = 0.0;
  bool vanished = false;
  double best_objective = std::numeric_limits<double>::infinity();
  int n_without_improvement = 0;
};

/// At most kWidest candidates that are descended in step; those that are done leave.
class Block {
 public:
  Block(const DescentRows& rows, std::span<const SgdSettings> candidates, std::span<SgdFit> fits)
      : rows_(rows), width_(width_for(candidates.size())) {
    for (std::size_t l = 0; l < candidates.size(); ++l) {
      Lane& lane = lanes_.emplace_back();
      lane.settings = &candidates[l];
      lane.fit = &fits[l];
      lane.optimal_init = optimal_init_of(candidates[l]);
      lane.eta = candidates[l].eta0;
    }
    weights_.assign(rows.n_columns * width_, 0.0);
    penalties_.assign(rows.n_columns * width_, 0.0);
  }

  void run(bool shuffles, std::uint32_t seed, double decay) {
    std::vector<int> order(rows_.targets.size());
    std::iota(order.begin(), order.end(), 0);
    for (std::uint32_t n_epochs = 1; !lanes_.empty(); ++n_epochs) {
      if (shuffles) {
        shuffle_order(order, seed);
      }
      run_epoch(order, decay);
      std::vector<std::size_t> left;
      for (std::size_t l = 0; l < lanes_.size(); ++l) {
        if (is_over(l, n_epochs)) {
          finish(l, n_epochs);
        } else {
          left.push_back(l);
        }
      }
      if (left.size() < lanes_.size()) {
        keep(left);
      }
    }
  }

 private:
  void run_epoch(const std::vector<int>& order, double decay) {
    std::vector<const SgdSettings*> settings;
    settings.reserve(lanes_.size());
    for (const Lane& lane : lanes_) {
      settings.push_back(lane.settings);
    }
    const auto vanished = std::make_unique<bool[]>(lanes_.size());
    auto optimal_init = gathered(&Lane::optimal_init);
    auto wscale = gathered(&Lane::wscale);
    auto sq_norm = gathered(&Lane::sq_norm);
    auto l1_norm = gathered(&Lane::l1_norm);
    auto intercept = gathered(&Lane::intercept);
    auto u = gathered(&Lane::u);
    auto eta = gathered(&Lane::eta);
    auto objective = gathered(&Lane::objective);
    SgdBlock block{.width = width_,
                   .n_lanes = lanes_.size(),
                   .weights = weights_.data(),
                   .penalties = penalties_.data(),
                   .settings = settings.data(),
                   .optimal_init = optimal_init.data(),
                   .wscale = wscale.data(),
                   .sq_norm = sq_norm.data(),
                   .l1_norm = l1_norm.data(),
                   .intercept = intercept.data(),
                   .u = u.data(),
                   .eta = eta.data(),
                   .objective = objective.data(),
                   .vanished = vanished.get(),
                   .t = t_};
    run_sgd_epoch(rows_, order.data(), order.size(), decay, block);
    t_ = block.t;
    scatter(&Lane::wscale, wscale);
    scatter(&Lane::sq_norm, sq_norm);
    scatter(&Lane::l1_norm, l1_norm);
    scatter(&Lane::intercept, intercept);
    scatter(&Lane::u, u);
    scatter(&Lane::eta, eta);
    scatter(&Lane::objective, objective);
    for (std::size_t l = 0; l < lanes_.size(); ++l) {
      lanes_[l].vanished |= vanished[l];
    }
  }

  [[nodiscard]] std::vector<double> gathered(double Lane::* member) const {
    std::vector<double> values;
    values.reserve(lanes_.size());
    for (const Lane& lane : lanes_) {
      values.push_back(lane.*member);
    }
    return values;
  }

  void scatter(double Lane::* member, const std::vector<double>& values) {
    for (std::size_t l = 0; l < lanes_.size(); ++l) {
      lanes_[l].*member = values[l];
    }
  }

  /// Whether a lane ends with this epoch, as scikit-learn decides it.
  bool is_over(std::size_t l, std::uint32_t n_epochs) {
    Lane& lane = lanes_[l];
    const SgdSettings& set = *lane.settings;
    bool finite = std::isfinite(lane.intercept);
    for (std::size_t at = l; at < weights_.size(); at += width_) {
      finite &= std::isfinite(weights_[at]);
    }
    lane.fit->sound = finite && !lane.vanished;
    if (!lane.fit->sound) {
      return true;
    }
    const double mean = lane.objective / static_cast<double>(rows_.targets.size());
    const bool stops = set.tol > -std::numeric_limits<double>::infinity();
    if (stops && mean > lane.best_objective - set.tol) {
      ++lane.n_without_improvement;
    } else {
      lane.n_without_improvement = 0;
    }
    if (mean < lane.best_objective) {
      lane.best_objective = mean;
    }
    if (lane.n_without_improvement >= set.n_iter_no_change) {
      if (set.rate != LearningRate::kAdaptive || !(lane.eta > 1e-6)) {
        return true;
      }
      lane.eta /= 5;
      lane.n_without_improvement = 0;
    }
    return n_epochs == set.max_iter;
  }

  void finish(std::size_t l, std::uint32_t n_epochs) {
    const Lane& lane = lanes_[l];
    lane.fit->n_iter = n_epochs;
    lane.fit->intercept = lane.intercept;
    lane.fit->sound = lane.fit->sound && lane.wscale != 0.0;
    for (std::size_t at = l; at < weights_.size(); at += width_) {
      lane.fit->coef.push_back(weights_[at] * lane.wscale);
    }
  }

  void keep(const std::vector<std::size_t>& left) {
    const std::size_t width = width_for(left.size());
    weights_ = columns_of(weights_, left, width);
    penalties_ = columns_of(penalties_, left, width);
    width_ = width;
    for (std::size_t k = 0; k < left.size(); ++k) {
      lanes_[k] = lanes_[left[k]];
    }
    lanes_.resize(left.size());
  }

  [[nodiscard]] std::vector<double> columns_of(const std::vector<double>& values,
                                               const std::vector<std::size_t>& lanes,
                                               std::size_t width) const {
    std::vector<double> kept(rows_.n_columns * width);
    for (std::size_t j = 0; j < rows_.n_columns; ++j) {
      for (std::size_t k = 0; k < lanes.size(); ++k) {
        kept[j * width + k] = values[j * width_ + lanes[k]];
      }
    }
    return kept;
  }

  const DescentRows& rows_;
  std::size_t width_;
  std::vector<Lane> lanes_;
  std::vector<double> weights_, penalties_;
  double t_ = 1.0;
};

}  // namespace

std::vector<SgdFit> descend_sgd(const DescentRows& rows, std::span<const SgdSettings> candidates,
                                bool shuffles, std::uint32_t seed, double intercept_decay) {
  // Those that truncate take longer for each row; those of like penalties need about as many epochs.
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, {}, [&](std::size_t i) { return std::pair(candidates[i].truncates, candidates[i].alpha); });
  std::vector<SgdSettings> sorted;
  sorted.reserve(order.size());
  for (const std::size_t i : order) {
    sorted.push_back(candidates[i]);
  }
  std::vector<SgdFit> fits(candidates.size());
  const auto n_plain = static_cast<std::size_t>(
      std::ranges::count_if(candidates, [](const SgdSettings& one) { return !one.truncates; }));
  for (std::size_t first = 0, n = 0; first < fits.size(); first += n) {
    const std::size_t end = first < n_plain ? n_plain : fits.size();
    n = std::min(kWidest, end - first);
    Block(rows, std::span<const SgdSettings>(sorted).subspan(first, n), std::span(fits).subspan(first, n))
        .run(shuffles, seed, intercept_decay);
  }
  std::vector<SgdFit> found(candidates.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    found[order[place]] = std::move(fits[place]);
  }
  return found;
}

}  // namespace tenfold::kernels
