#include "kernels/svm_decision.hpp"

#include <algorithm>
#include <vector>

#include "clones.hpp"

namespace tenfold::kernels {
namespace {

/// Rows that are summed side by side.
constexpr std::size_t kLanes = 8;

/// sums[l] += coefficients[k] * values[k][l], k after k.
TENFOLD_HOT void add_products(const double* coefficients, const double* values, std::size_t n, double* sums) {
  double held[kLanes];
  std::copy_n(sums, kLanes, held);
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      held[l] += coefficients[k] * values[k * kLanes + l];
    }
  }
  std::copy_n(held, kLanes, sums);
}

/// Where each class's support vectors start, and where the last one's end.
std::vector<std::size_t> starts_of(std::span<const int> n_support) {
  std::vector<std::size_t> starts{0};
  for (const int n : n_support) {
    starts.push_back(starts.back() + static_cast<std::size_t>(n));
  }
  return starts;
}

}  // namespace

void decide(const double* kernel, std::size_t n_rows, std::size_t n_columns, const Decision& machine,
            double* out) {
  const std::size_t n_support = machine.support.size();
  const std::size_t n_pairs = machine.intercept.size();
  const std::size_t n_classes = machine.n_support.size();
  const std::vector<std::size_t> starts = starts_of(machine.n_support);
  std::vector<double> values(n_support * kLanes);
  for (std::size_t first = 0; first < n_rows; first += kLanes) {
    const std::size_t n_lanes = std::min(kLanes, n_rows - first);
    for (std::size_t l = 0; l < n_lanes; ++l) {
      const double* row = kernel + (first + l) * n_columns;
      for (std::size_t k = 0; k < n_support; ++k) {
        values[k * kLanes + l] = row[machine.support[k]];
      }
    }
    const auto add = [&](std::size_t row, std::size_t from, std::size_t to, double* sums) {
      add_products(machine.dual.data() + row * n_support + from, values.data() + from * kLanes, to - from,
                   sums);
    };
    const auto write = [&](std::size_t pair, const double* sums) {
      for (std::size_t l = 0; l < n_lanes; ++l) {
        out[(first + l) * n_pairs + pair] = sums[l] + machine.intercept[pair];
      }
    };
    if (n_classes == 0) {
      double sums[kLanes] = {};
      add(0, 0, n_support, sums);
      write(0, sums);
      continue;
    }
    std::size_t pair = 0;
    for (std::size_t i = 0; i < n_classes; ++i) {
      for (std::size_t j = i + 1; j < n_classes; ++j, ++pair) {
        double sums[kLanes] = {};
        add(j - 1, starts[i], starts[i + 1], sums);
        add(i, starts[j], starts[j + 1], sums);
        write(pair, sums);
      }
    }
  }
}

void vote(const double* decisions, std::size_t n_rows, std::size_t n_classes, double* out) {
  std::vector<int> votes(n_classes);
  for (std::size_t row = 0; row < n_rows; ++row) {
    std::ranges::fill(votes, 0);
    for (std::size_t i = 0; i < n_classes; ++i) {
      for (std::size_t j = i + 1; j < n_classes; ++j) {
        ++votes[*decisions++ > 0 ? i : j];
      }
    }
    out[row] = static_cast<double>(std::ranges::max_element(votes) - votes.begin());
  }
}

}  // namespace tenfold::kernels
