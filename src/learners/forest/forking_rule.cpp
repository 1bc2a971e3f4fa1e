/// Forking growth: seeded candidates share the depth-first growth of a tree until they decide differently.
///
/// Trees with the same seed and max_features draw the same numbers as long as they split the same nodes
/// the same way. Covered are the parameters that decide only that: when a node is a leaf, which splits
/// are admissible, and how they are valued. At the node where candidates part the generator is copied, so
/// each goes on exactly as it would have alone. Bit-equal.

#include "learners/forest/rules.hpp"

namespace tenfold {

constinit const ForestRule kForkingRule{
    "forking",
    "candidates with one seed share a tree's growth up to the node where they part",
    [](const ForestSpec& spec) { return !spec.is_free() && spec.ccp_alpha == 0.0; },
    erase_decisions,
};

}  // namespace tenfold
