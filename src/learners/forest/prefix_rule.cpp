/// Prefix: a forest of 10 trees is the first 10 trees of a forest of 80.
///
/// scikit-learn draws one seed a tree, in order, from one generator; so with the same source of seeds a
/// smaller forest is a prefix of a larger one. Free forests draw every tree independently, and a prefix
/// of independent trees is a forest too.

#include "learners/forest/rules.hpp"

namespace tenfold {

constinit const ForestRule kPrefixRule{
    "prefix",
    "a forest of fewer trees is the first trees of a larger one",
    [](const ForestSpec&) { return true; },
    [](ForestSpec& key) { key.n_estimators = 0; },
};

}  // namespace tenfold
