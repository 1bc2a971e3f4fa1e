#pragma once

/// Walking rows of a table down a tree that is whole.

#include <cstddef>
#include <cstdint>

#include "data/ranked_table.hpp"
#include "tenfold/tree.hpp"

namespace tenfold::ordered {

/// The child of a split node that a row goes to.
inline std::size_t child_of(const TreeNode& node, const RankedTable& table, std::size_t row) {
  const RankedColumn& column = table.column(static_cast<std::size_t>(node.feature));
  const std::uint32_t rank = column.ranks[row];
  const bool left = rank == column.missing() ? node.missing_go_to_left != 0
                                             : static_cast<double>(column.values[rank]) <= node.threshold;
  return static_cast<std::size_t>(left ? node.left_child : node.right_child);
}

}  // namespace tenfold::ordered
