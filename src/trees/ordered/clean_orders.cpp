#include "trees/ordered/clean_orders.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace tenfold::ordered {

namespace {

/// Where more than one position in so many is blocked, those that aren't are better visited one by one.
constexpr std::uint32_t kBlockedShare = 4;

}  // namespace

bool CleanOrders::add(std::uint32_t feature, std::uint32_t visit, const std::uint32_t* order, std::uint32_t n,
                      std::uint32_t min_samples_leaf, bool any_order) {
  const std::size_t first = n_blocked_added();
  const std::span<const std::uint32_t> blocked = std::span(blocked_).subspan(first);
  const bool is_clean =
      blocked.empty() || (blocked.size() <= n / kBlockedShare && 2 * min_samples_leaf <= n &&
                          (any_order || goes_forward(blocked, n, min_samples_leaf)));
  if (is_clean) {
    columns_.push_back({feature, visit, order, first, blocked_.size()});
  }
  return is_clean;
}

std::optional<CleanOrders::Found> CleanOrders::scan(const CleanNode& node, BestProxy& best) const {
  std::optional<Found> found;
  for (std::size_t first = 0; first < columns_.size(); first += kCleanWidth) {
    const auto batch = std::span(columns_).subspan(first, std::min(kCleanWidth, columns_.size() - first));
    std::array<CleanOrder, kCleanWidth> orders{};
    std::array<CleanResult, kCleanWidth> results{};
    for (std::size_t k = 0; k < batch.size(); ++k) {
      const Column& column = batch[k];
      orders[k] = {column.order, std::span(blocked_).subspan(column.first_blocked,
                                                             column.end_blocked - column.first_blocked)};
    }
    scan_clean_orders(node, std::span(orders).first(batch.size()), best.proxy, results);
    for (std::size_t k = 0; k < batch.size(); ++k) {
      if (best.yields_to(results[k].proxy, batch[k].visit)) {
        best = {results[k].proxy, batch[k].visit};
        found = {batch[k].feature, batch[k].order, results[k].position};
      }
    }
  }
  return found;
}

}  // namespace tenfold::ordered
