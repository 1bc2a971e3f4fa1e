/// The one list of learners: a line each, with the rules by which their cells share work.

#include <vector>

#include "learners/boosting/rules.hpp"
#include "learners/dummy/rules.hpp"
#include "learners/forest/rules.hpp"
#include "learners/ordered_forest/rules.hpp"
#include "plan/sharing_rule.hpp"
#include "tenfold/learner.hpp"

namespace tenfold {

namespace {

template <typename Spec>
void add(std::vector<RuleText>& texts, std::span<const SharingRule<Spec>* const> rules) {
  for (const SharingRule<Spec>* rule : rules) {
    texts.push_back({rule->name, rule->why});
  }
}

}  // namespace

std::vector<RuleText> sharing_rules() {
  std::vector<RuleText> texts{{kEqualRule, kEqualWhy}};
  add(texts, forest_rules());
  add(texts, ordered_forest_rules());
  add(texts, boosting_rules());
  add(texts, dummy_rules());
  return texts;
}

}  // namespace tenfold
