/// Plans, with and without a search.

#include "tenfold/plan.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "python/arrays.hpp"
#include "python/bindings.hpp"
#include "tenfold/learner.hpp"

namespace tenfold::python {

using namespace nb::literals;

namespace {

nb::str to_str(std::string_view text) {
  return nb::str(text.data(), text.size());
}

std::string_view name_of(Contract contract) {
  switch (contract) {
    case Contract::kBitEqual:
      return "bit-equal";
    case Contract::kWithinTolerance:
      return "equal within a tolerance";
    case Contract::kInDistribution:
      return "equal in distribution";
  }
  throw std::logic_error("a contract without a name.");
}

nb::dict dict_of(const Family& family) {
  nb::list cells;
  nb::list members;
  nb::list steps;
  for (const Reading& reading : family.readings) {
    cells.append(reading.cell);
    members.append(reading.member);
    steps.append(reading.step);
  }
  nb::list rules;
  for (const std::string_view rule : family.rules) {
    rules.append(to_str(rule));
  }
  nb::dict item;
  item["split"] = family.split;
  item["cells"] = cells;
  item["members"] = members;
  item["steps"] = steps;
  item["rules"] = rules;
  item["contract"] = to_str(name_of(family.contract));
  item["n_members"] = family.members.size();
  item["n_steps"] = family.n_steps();
  item["n_fits"] = family.n_fits;
  item["steps_asked"] = family.steps_asked;
  item["steps_done"] = family.steps_done;
  item["predicted_seconds"] = family.cost;
  item["predicted_seconds_apart"] = family.cost_apart;
  item["nbytes"] = family.n_bytes;
  item["nbytes_a_thread"] = family.n_bytes_a_thread;
  return item;
}

nb::list plan(const Learner& learner, const Data& data,
              const std::vector<std::pair<std::uint32_t, std::uint32_t>>& split_sizes, const CellArray& cells,
              bool score_train, bool keep_responses, std::vector<std::string> disabled_rules) {
  const std::vector<Cell> table = to_cells(cells);
  std::vector<SplitSize> sizes;
  sizes.reserve(split_sizes.size());
  for (const auto& [n_train, n_test] : split_sizes) {
    sizes.push_back({n_train, n_test});
  }
  return to_python(make_plan(
      learner, {table, sizes, data.shape(), {score_train, keep_responses, true, std::move(disabled_rules)}}));
}

nb::dict rules() {
  nb::dict texts;
  for (const RuleText& rule : sharing_rules()) {
    texts[to_str(rule.name)] = to_str(rule.why);
  }
  return texts;
}

}  // namespace

std::vector<Cell> to_cells(const CellArray& cells) {
  std::vector<Cell> result;
  for (std::size_t c = 0; c < cells.shape(0); ++c) {
    if (cells(c, 0) < 0 || cells(c, 1) < 0) {
      throw std::invalid_argument("cell " + std::to_string(c) + " has a negative spec or split number.");
    }
    result.push_back({static_cast<std::uint32_t>(cells(c, 0)), static_cast<std::uint32_t>(cells(c, 1))});
  }
  return result;
}

nb::list to_python(const Plan& plan) {
  nb::list families;
  for (const Family& family : plan.families) {
    families.append(dict_of(family));
  }
  return families;
}

void bind_plan(nb::module_& module) {
  module.def("plan", &plan, "learner"_a, "dataset"_a, "split_sizes"_a, "cells"_a, nb::kw_only(),
             "score_train"_a = false, "keep_responses"_a = false,
             "disabled_rules"_a = std::vector<std::string>{});
  module.def("rules", &rules);
}

}  // namespace tenfold::python
