/// One fit for every `n_estimators`.

#include <array>

#include "learners/boosting/rules.hpp"

namespace tenfold {

namespace {

const BoostingRule kRounds{
    "boosting rounds",
    "each round draws its rows and grows its trees after those before it, from one generator, so a boosted "
    "model of fewer rounds is the beginning of the one of more",
    [](const BoostingSpec&) { return true; }, [](BoostingSpec& key) { key.n_estimators = 0; }};

}  // namespace

std::span<const BoostingRule* const> boosting_rules() {
  static constexpr std::array kRules{&kRounds};
  return kRules;
}

}  // namespace tenfold
