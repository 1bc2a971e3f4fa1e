#pragma once

/// Reads the members of a family off whole trees: stopped earlier, pruned by cost complexity, or both.

#include <span>

#include "data/ranked_columns.hpp"
#include "tenfold/learners/forest.hpp"
#include "tenfold/tree.hpp"
#include "trees/tree_rows.hpp"

namespace tenfold {

/// The spec under which the trees of all members can be grown at once: the one that stops last.
/// Of `members` those in `live` count.
ForestSpec loosest(std::span<const ForestSpec> members, MemberSet live);

/// Sends the leaves of every live member for every test row. `tree` is grown by `loosest`.
void read_pruned(const GrownTree& tree, const RankedColumns& columns, std::size_t n_classes,
                 std::span<const ForestSpec> members, MemberSet live, std::span<const TestRow> test_rows,
                 LeafSink& sink);

}  // namespace tenfold
