#include "learners/forest/forest.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "learners/forest/forest_run.hpp"
#include "learners/forest/rules.hpp"
#include "trees/growth_rules.hpp"

namespace tenfold {

std::span<const ForestRule* const> forest_rules() {
  static constexpr std::array kRules{&kPrefixRule, &kForkingRule, &kPruningRule, &kCostComplexityRule};
  return kRules;
}

ForestLearner::ForestLearner(std::vector<ForestSpec> specs, std::vector<SeedSource> seed_sources,
                             SplitWeights probabilities)
    : specs_(std::move(specs)),
      seed_sources_(std::move(seed_sources)),
      probabilities_(std::move(probabilities)) {
  for (std::size_t s = 0; s < specs_.size(); ++s) {
    // Any row may be drawn every time, and counts have 16 bits.
    if (specs_[s].drawn_by >= 0 && (!specs_[s].bootstrap || specs_[s].max_samples > 0xffffU)) {
      throw std::invalid_argument("spec " + std::to_string(s) +
                                  ": rows drawn by probabilities must be at most 65535.");
    }
    check_spec(s, specs_[s], seed_sources_);
  }
}

std::vector<Family> ForestLearner::plan(const PlanRequest& request) const {
  const Sharing<ForestSpec> sharing{forest_rules(), [](const ForestSpec& spec) { return spec.n_estimators; },
                                    [](ForestSpec& spec) { spec.n_estimators = 0; }, kMaxMembers};
  const auto effective_of = [&](const Cell& cell) {
    const SplitSize& split = request.splits[cell.split];
    check_rows_of_spec(cell.spec, specs_[cell.spec], split.n_train);
    return effective(specs_[cell.spec], split, request.shape.n_columns);
  };
  return families_of(request, sharing, effective_of,
                     [&](Grouped<ForestSpec>& group) { add_cost(group, request); });
}

std::unique_ptr<FamilyRun> ForestLearner::begin(const Family& family, const RunContext& context) const {
  const SplitSize size{static_cast<std::uint32_t>(context.split.train.size()),
                       static_cast<std::uint32_t>(context.split.test.size())};
  std::vector<ForestSpec> members;
  for (const std::uint32_t spec : family.members) {
    members.push_back(effective(specs_[spec], size, context.data.n_columns()));
    members.back().n_estimators = 0;
  }
  const ForestSpec& first = members.front();
  const SeedSource* const source =
      first.is_free() ? nullptr : &seed_sources_[static_cast<std::size_t>(first.seed_source)];
  return std::make_unique<ForestRun>(
      context, family, std::move(members), source,
      weights_of_split(probabilities_, first.drawn_by, family.split, context.split.train.size()));
}

std::shared_ptr<const Learner> make_forest_learner(std::vector<ForestSpec> specs,
                                                   std::vector<SeedSource> seed_sources,
                                                   SplitWeights probabilities) {
  return std::make_shared<ForestLearner>(std::move(specs), std::move(seed_sources), std::move(probabilities));
}

}  // namespace tenfold
