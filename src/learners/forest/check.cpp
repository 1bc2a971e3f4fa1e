/// What no forest can be: checked when the learner is made, and when a plan shows the sizes of its splits.

#include <algorithm>
#include <stdexcept>

#include "learners/forest/forest.hpp"

namespace tenfold {

namespace {

std::string at_spec(std::size_t spec) {
  return "spec " + std::to_string(spec) + ": ";
}

}  // namespace

std::uint64_t largest_bootstrap(std::uint64_t n_rows) {
  // A row's count has 16 bits (`TrainingRow`). Of more draws than those count to, a row that is expected to
  // be drawn 2**15 times is drawn 2**16 times with a chance of e**-12000.
  constexpr std::uint64_t kLargestCount = 65'535;
  constexpr std::uint64_t kLargestMean = std::uint64_t{1} << 15U;
  // Squares of class weights stay below 2**53, so that double precision has them exactly.
  constexpr std::uint64_t kLargestWeight = std::uint64_t{1} << 26U;
  const std::uint64_t by_mean = std::min(n_rows, kLargestWeight) * kLargestMean;
  return std::min(kLargestWeight, std::max(kLargestCount, by_mean));
}

void check_spec(std::size_t index, const ForestSpec& spec, std::span<const SeedSource> sources) {
  if (spec.n_estimators == 0 || spec.max_features == 0) {
    throw std::invalid_argument(at_spec(index) + "n_estimators and max_features must be at least 1.");
  }
  if (!(spec.ccp_alpha >= 0.0)) {
    throw std::invalid_argument(at_spec(index) + "ccp_alpha is " + std::to_string(spec.ccp_alpha) +
                                "; must be at least 0.");
  }
  if (spec.bootstrap && spec.max_samples == 0) {
    throw std::invalid_argument(at_spec(index) + "max_samples must be at least 1 with bootstrap.");
  }
  if (spec.is_free()) {
    return;
  }
  if (spec.seed_source < 0 || static_cast<std::size_t>(spec.seed_source) >= sources.size()) {
    throw std::invalid_argument(at_spec(index) + "seed_source is " + std::to_string(spec.seed_source) +
                                "; there are " + std::to_string(sources.size()) + " seed sources.");
  }
  const SeedSource& source = sources[static_cast<std::size_t>(spec.seed_source)];
  const std::size_t n_seeds = source.splitter_state ? 1 : source.tree_seeds.size();
  if (n_seeds < spec.n_estimators) {
    throw std::invalid_argument(at_spec(index) + "n_estimators is " + std::to_string(spec.n_estimators) +
                                "; its seed source has " + std::to_string(n_seeds) + " tree seeds.");
  }
}

void check_rows_of_spec(std::size_t index, const ForestSpec& spec, std::size_t n_train) {
  const std::uint64_t drawn = spec.bootstrap ? spec.max_samples : n_train;
  const std::uint64_t most = largest_bootstrap(n_train);
  if (drawn > most) {
    throw std::invalid_argument(at_spec(index) + "a tree of " + std::to_string(drawn) + " draws from " +
                                std::to_string(n_train) + " rows; at most " + std::to_string(most) +
                                " are possible.");
  }
}

}  // namespace tenfold
