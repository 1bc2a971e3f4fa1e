#include "learners/boosting/booster.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "learners/boosting/losses.hpp"
#include "metrics/pairwise_sum.hpp"
#include "trees/cost_complexity.hpp"

namespace tenfold::boosting {

namespace {

ordered::GrowthMember growth_member(const BoostingSpec& spec) {
  return {spec.max_depth, spec.min_samples_split, spec.min_impurity_decrease, spec.max_leaf_nodes};
}

ordered::SearchRules search_rules(const BoostingSpec& spec) {
  ordered::SearchRules rules;
  rules.max_features = spec.max_features;
  rules.min_samples_leaf = spec.min_samples_leaf;
  rules.min_weight_leaf = spec.min_weight_leaf;
  rules.any_order = sums_are_exact(spec);
  return rules;
}

/// scikit-learn's `_safe_divide`.
double safe_divide(double numerator, double denominator) {
  return std::abs(denominator) < 1e-150 ? 0.0 : numerator / denominator;
}

/// Negative gradients by output, and within it by row.
void take_negative_gradients(const ParametrisedLoss& loss, std::size_t n_outputs,
                             std::span<const double> targets, const double* raw, double* result) {
  const std::size_t n = targets.size();
  if (n_outputs > 1) {
    std::vector<double> of_row(n_outputs);
    for (std::size_t i = 0; i < n; ++i) {
      HalfMultinomial::gradient(targets[i], raw + i * n_outputs, n_outputs, of_row.data());
      for (std::size_t k = 0; k < n_outputs; ++k) {
        result[k * n + i] = -of_row[k];
      }
    }
    return;
  }
  loss.visit([&](auto of_one) {
    for (std::size_t i = 0; i < n; ++i) {
      result[i] = -of_one.gradient(targets[i], raw[i]);
    }
  });
}

double loss_of_row(const ParametrisedLoss& loss, std::size_t n_outputs, double target, const double* raw) {
  if (n_outputs > 1) {
    return HalfMultinomial::loss(target, raw, n_outputs);
  }
  double result = 0.0;
  loss.visit([&](auto of_one) { result = of_one.loss(target, *raw); });
  return result;
}

/// scikit-learn's `_weighted_percentile` (1.9) of values of weight one each; reorders them.
double percentile(std::span<double> values, double rank) {
  const std::size_t n = values.size();
  double wanted = rank / 100 * static_cast<double>(n);
  if (wanted == 0.0) {
    wanted = std::nextafter(wanted, wanted + 1.0);
  }
  const auto place = static_cast<std::size_t>(std::max(std::ceil(wanted), 1.0)) - 1;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::min(place, n - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

Booster::Booster(const RankedTable& table, const ordered::TrainingColumns& columns,
                 const BoostedTarget& target, const BoostingSpec& spec, const MersenneTwister& generator,
                 std::span<const std::int64_t> rows, std::vector<double> raw, std::span<const double> weights)
    : target_(target),
      spec_(spec),
      n_train_(target.values.size()),
      // Before the first stage scikit-learn's Huber loss has its default delta.
      loss_{spec.loss, spec.loss == BoostingLoss::kQuantile ? spec.alpha : 0.5},
      generator_(generator),
      weights_(weights),
      growth_(table, columns, search_rules(spec), std::vector{growth_member(spec)}, false),
      raw_(std::move(raw)),
      negative_gradients_(n_train_ * target.n_outputs),
      trees_(target.n_outputs),
      leaves_(rows.size()) {
  rows_.reserve(rows.size());
  for (const std::int64_t row : rows) {
    rows_.push_back({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(rows_.size())});
  }
  tree_weights_.assign(weights.begin(), weights.end());
  total_weight_ = static_cast<double>(n_train_);
  if (!weights.empty()) {
    total_weight_ = 0.0;
    for (const double weight : weights) {
      total_weight_ += weight;
    }
  }
}

void Booster::draw_bag() {
  if (!draws_bags() || has_bag_) {
    return;
  }
  has_bag_ = true;
  in_bag_.assign(n_train_, 0);
  tree_weights_.assign(n_train_, 0.0);
  total_weight_ = 0.0;
  std::uint32_t n_bagged = 0;
  for (std::size_t i = 0; i < n_train_; ++i) {
    const double drawn = generator_.real();
    if (drawn * static_cast<double>(n_train_ - i) < static_cast<double>(spec_.n_in_bag - n_bagged)) {
      in_bag_[i] = 1;
      ++n_bagged;
      tree_weights_[i] = weights_.empty() ? 1.0 : weights_[i];
    }
    total_weight_ += tree_weights_[i];
  }
}

/// What tells small errors from large ones is a quantile of them, over all training rows.
void Booster::set_delta() {
  numerators_.resize(n_train_);
  for (std::size_t i = 0; i < n_train_; ++i) {
    numerators_[i] = std::abs(target_.values[i] - raw_[i]);
  }
  loss_.parameter = percentile(numerators_, 100 * spec_.alpha);
}

void Booster::take_gradients() {
  if (spec_.loss == BoostingLoss::kHuber) {
    set_delta();
  }
  take_negative_gradients(loss_, target_.n_outputs, target_.values, raw_.data(), negative_gradients_.data());
}

void Booster::add_stage() {
  draw_bag();
  has_bag_ = false;
  take_gradients();
  for (std::size_t k = 0; k < target_.n_outputs; ++k) {
    GrownTree& tree = trees_[k];
    tree.nodes.clear();
    tree.values.clear();
    tree.max_depth = 0;
    const std::span<const double> gradients = std::span(negative_gradients_).subspan(k * n_train_, n_train_);
    growth_.statistics().set_samples(gradients, tree_weights_);
    const std::uint32_t state = generator_.below(TreeGenerator::kLargest);
    growth_.grow({state, tree_weights_, total_weight_, 1}, rows_, {.leaves = leaves_.data()}, &tree);
    if (spec_.ccp_alpha > 0.0) {
      prune_tree(tree);
    }
    if (sorts_leaves(spec_.loss)) {
      update_sorted_leaves(tree);
    } else if (spec_.loss != BoostingLoss::kSquaredError) {
      update_leaves(k, tree);
    }
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      raw_[i * target_.n_outputs + k] += spec_.learning_rate * tree.values[leaves_[i]];
    }
  }
}

/// Prunes a tree by cost complexity, and has the rows in the leaves that are left.
void Booster::prune_tree(GrownTree& tree) {
  GrownTree whole = prune(tree, 1, spec_.ccp_alpha);
  std::swap(whole, tree);
  std::vector<std::uint32_t> places(whole.nodes.size());  // of nodes of the whole tree in what is left
  for (std::size_t node = 0; node < whole.nodes.size(); ++node) {  // parents come before their children
    const std::uint32_t place = places[node];
    const TreeNode& kept = tree.nodes[place];
    const TreeNode& own = whole.nodes[node];
    if (own.left_child != TreeNode::kLeaf) {
      const bool is_cut = kept.left_child == TreeNode::kLeaf;
      places[static_cast<std::size_t>(own.left_child)] =
          is_cut ? place : static_cast<std::uint32_t>(kept.left_child);
      places[static_cast<std::size_t>(own.right_child)] =
          is_cut ? place : static_cast<std::uint32_t>(kept.right_child);
    }
  }
  for (std::uint32_t& leaf : leaves_) {
    leaf = places[leaf];
  }
}

template <typename Take>
void Booster::gather_by_leaf(std::size_t n_nodes, Take&& take) {
  const auto is_in_bag = [this](std::size_t i) { return in_bag_.empty() || in_bag_[i] != 0; };
  ends_.assign(n_nodes + 1, 0);
  for (std::size_t i = 0; i < n_train_; ++i) {
    ends_[leaves_[i] + 1] += static_cast<std::uint32_t>(is_in_bag(i));
  }
  for (std::size_t node = 1; node < ends_.size(); ++node) {
    ends_[node] += ends_[node - 1];
  }
  // From here on, `ends_[node]` is where the node's next row goes, and in the end where its rows end.
  for (std::size_t i = 0; i < n_train_; ++i) {
    if (is_in_bag(i)) {
      take(i, ends_[leaves_[i]]++);
    }
  }
}

/// Gives each leaf the step that its rows in bag ask for. Rows are added up in ascending order, as NumPy adds
/// them.
void Booster::update_leaves(std::size_t output, GrownTree& tree) {
  const std::size_t n_outputs = target_.n_outputs;
  const double* const gradients = negative_gradients_.data() + output * n_train_;
  const bool weighs = !weights_.empty();
  numerators_.resize(n_train_);
  denominators_.resize(n_train_);
  leaf_weights_.resize(n_train_);
  gather_by_leaf(tree.nodes.size(), [&](std::size_t i, std::size_t place) {
    const double gradient = gradients[i];
    const double y = n_outputs > 1 ? static_cast<double>(target_.values[i] == static_cast<double>(output))
                                   : target_.values[i];
    double curvature = 0.0;
    if (spec_.loss == BoostingLoss::kExponential) {
      curvature = y == 0.0 ? gradient * -1.0 : gradient;
    } else {
      const double probability = y - gradient;
      curvature = probability * (1.0 - probability);
    }
    const double weight = weighs ? weights_[i] : 1.0;
    numerators_[place] = gradient * weight;
    denominators_[place] = curvature * weight;
    leaf_weights_[place] = weight;
  });
  std::uint32_t begin = 0;
  for (std::size_t node = 0; node < tree.nodes.size(); ++node) {
    const std::uint32_t end = ends_[node];
    const std::uint32_t n = end - begin;
    if (n != 0) {
      const double weight = weighs ? numpy_sum(leaf_weights_.data() + begin, n) : static_cast<double>(n);
      double numerator = numpy_sum(numerators_.data() + begin, n) / weight;
      const double denominator = numpy_sum(denominators_.data() + begin, n) / weight;
      if (n_outputs > 1) {
        numerator *= static_cast<double>(n_outputs - 1) / static_cast<double>(n_outputs);
      }
      tree.values[node] = safe_divide(numerator, denominator);
    }
    begin = end;
  }
}

/// As `update_leaves`, for losses whose optimum is an order statistic, or made of one.
void Booster::update_sorted_leaves(GrownTree& tree) {
  numerators_.resize(n_train_);
  gather_by_leaf(tree.nodes.size(),
                 [&](std::size_t i, std::size_t place) { numerators_[place] = target_.values[i] - raw_[i]; });
  std::uint32_t begin = 0;
  for (std::size_t node = 0; node < tree.nodes.size(); ++node) {
    if (ends_[node] != begin) {
      tree.values[node] = optimum(std::span(numerators_).subspan(begin, ends_[node] - begin));
    }
    begin = ends_[node];
  }
}

/// scikit-learn's `fit_intercept_only` of the loss; reorders the residuals.
double Booster::optimum(std::span<double> residuals) {
  if (spec_.loss == BoostingLoss::kQuantile) {
    return percentile(residuals, 100 * spec_.alpha);
  }
  if (spec_.loss == BoostingLoss::kAbsoluteError) {
    return percentile(residuals, 50);
  }
  denominators_.assign(residuals.begin(), residuals.end());
  const double median = percentile(residuals, 50);
  for (double& residual : denominators_) {
    const double difference = residual - median;
    const double sign = difference > 0.0 ? 1.0 : (difference < 0.0 ? -1.0 : 0.0);
    residual = sign * std::min(loss_.parameter, std::abs(difference));
  }
  const std::size_t n = denominators_.size();
  return median + numpy_sum(denominators_.data(), n) / static_cast<double>(n);
}

double Booster::mean_loss(bool in_bag) {
  numerators_.resize(n_train_);
  leaf_weights_.resize(n_train_);
  std::size_t n = 0;
  for (std::size_t i = 0; i < n_train_; ++i) {
    if (in_bag_.empty() ? in_bag : (in_bag_[i] != 0) == in_bag) {
      const double weight = weights_.empty() ? 1.0 : weights_[i];
      const double loss =
          loss_of_row(loss_, target_.n_outputs, target_.values[i], raw_.data() + i * target_.n_outputs);
      numerators_[n] = loss * weight;
      leaf_weights_[n] = weight;
      ++n;
    }
  }
  return numpy_sum(numerators_.data(), n) / numpy_sum(leaf_weights_.data(), n);
}

}  // namespace tenfold::boosting

namespace tenfold {

std::vector<double> negative_gradients(BoostingLoss loss, double parameter, std::size_t n_outputs,
                                       std::span<const double> targets, std::span<const double> raw) {
  std::vector<double> by_output(raw.size());
  boosting::take_negative_gradients({loss, parameter}, n_outputs, targets, raw.data(), by_output.data());
  std::vector<double> result(raw.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    for (std::size_t k = 0; k < n_outputs; ++k) {
      result[i * n_outputs + k] = by_output[k * targets.size() + i];
    }
  }
  return result;
}

std::vector<double> losses(BoostingLoss loss, double parameter, std::size_t n_outputs,
                           std::span<const double> targets, std::span<const double> raw) {
  std::vector<double> result(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    result[i] = boosting::loss_of_row({loss, parameter}, n_outputs, targets[i], raw.data() + i * n_outputs);
  }
  return result;
}

}  // namespace tenfold
