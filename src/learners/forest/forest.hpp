#pragma once

/// The learner of classification trees and forests.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/grouping.hpp"
#include "tenfold/learner.hpp"
#include "tenfold/learners/forest.hpp"

namespace tenfold {

class ForestLearner final : public Learner {
 public:
  ForestLearner(std::vector<ForestSpec> specs, std::vector<SeedSource> seed_sources,
                SplitWeights probabilities);

  [[nodiscard]] std::string_view name() const override { return "forest"; }
  [[nodiscard]] std::size_t n_specs() const override { return specs_.size(); }
  [[nodiscard]] DataNeeds needs() const override { return {.ranks = true}; }
  [[nodiscard]] std::vector<Family> plan(const PlanRequest& request) const override;
  [[nodiscard]] std::unique_ptr<FamilyRun> begin(const Family& family,
                                                 const RunContext& context) const override;

 private:
  std::vector<ForestSpec> specs_;
  std::vector<SeedSource> seed_sources_;
  SplitWeights probabilities_;
};

/// Throws std::invalid_argument, naming the spec, for parameters that no forest can have.
void check_spec(std::size_t index, const ForestSpec& spec, std::span<const SeedSource> sources);
/// The same for what a spec asks of the training rows of a split.
void check_rows_of_spec(std::size_t index, const ForestSpec& spec, std::size_t n_train);

/// Fills in what a family costs: stages, seconds, bytes, fits and steps.
void add_cost(Grouped<ForestSpec>& group, const PlanRequest& request);

}  // namespace tenfold
