#pragma once

/// Clean orders of one node (clean_scan.hpp), gathered as their columns are visited and scanned at the end:
/// several at a time are quicker than each by itself.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "trees/ordered/clean_scan.hpp"

namespace tenfold::ordered {

/// The best split so far: positions of an equal proxy yield to the column that was visited first.
struct BestProxy {
  double proxy = -std::numeric_limits<double>::infinity();
  std::uint32_t visit = 0;

  [[nodiscard]] bool yields_to(double other, std::uint32_t other_visit) const {
    return other > proxy || (other == proxy && other_visit < visit);
  }
};

class CleanOrders {
 public:
  struct Found {
    std::uint32_t feature = 0;
    const std::uint32_t* order = nullptr;
    std::uint32_t position = 0;
  };

  void clear() {
    columns_.clear();
    blocked_.clear();
  }

  /// Blocked positions of the orders that were added; those of one more are appended, and either added with
  /// it or taken back.
  [[nodiscard]] std::vector<std::uint32_t>& blocked() { return blocked_; }
  void take_back_blocked() { blocked_.resize(n_blocked_added()); }

  /// Adds an order of n samples if the scan of clean orders can do it, and says so.
  bool add(std::uint32_t feature, std::uint32_t visit, const std::uint32_t* order, std::uint32_t n,
           std::uint32_t min_samples_leaf, bool any_order);

  /// Scans all. Returns the best position, where it is better than `best`, which it becomes.
  std::optional<Found> scan(const CleanNode& node, BestProxy& best) const;

 private:
  struct Column {
    std::uint32_t feature = 0;
    std::uint32_t visit = 0;
    const std::uint32_t* order = nullptr;
    std::size_t first_blocked = 0;
    std::size_t end_blocked = 0;
  };

  [[nodiscard]] std::size_t n_blocked_added() const {
    return columns_.empty() ? 0 : columns_.back().end_blocked;
  }

  std::vector<Column> columns_;
  std::vector<std::uint32_t> blocked_;  ///< of one column after another
};

}  // namespace tenfold::ordered
