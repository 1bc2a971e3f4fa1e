#pragma once

/// Reads the members of a family off whole trees: stopped earlier, pruned by cost complexity, or both.

#include <span>

#include "tenfold/dataset.hpp"
#include "tenfold/forest_spec.hpp"
#include "tenfold/grown_tree.hpp"
#include "trees/tree_rows.hpp"

namespace tenfold {

/// The spec under which the trees of all members can be grown at once: the one that stops last.
ForestSpec loosest(std::span<const ForestSpec> members);

/// Sends the leaves of every member for every test row. `tree` is grown by `loosest(members)`.
void read_pruned(const GrownTree& tree, const Dataset& dataset, std::span<const ForestSpec> members,
                 std::span<const TestRow> test_rows, LeafSink& sink);

}  // namespace tenfold
