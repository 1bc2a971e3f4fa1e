/// Searches. Copied in: row numbers. Moved out without a copy: responses, whose memory the arrays own.

#include "tenfold/search.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "python/arrays.hpp"
#include "python/bindings.hpp"

namespace tenfold::python {

using namespace nb::literals;

namespace {

using Rows = std::pair<VectorArray<std::int64_t>, VectorArray<std::int64_t>>;

void make_search(Search* self, const Data& data, std::shared_ptr<Learner> learner,
                 const std::vector<Rows>& splits, const CellArray& cells,
                 const std::vector<std::uint32_t>& repeats, std::uint64_t free_seed,
                 const std::string& metric, bool score_train, bool keep_responses,
                 std::vector<std::string> disabled_rules, std::uint64_t waiting_bytes) {
  std::vector<Split> copies;
  copies.reserve(splits.size());
  for (std::size_t s = 0; s < splits.size(); ++s) {
    copies.push_back(
        {copied(splits[s].first), copied(splits[s].second), s < repeats.size() ? repeats[s] : 0});
  }
  std::vector<Cell> table = to_cells(cells);
  SearchOptions options{free_seed,
                        metric_named(metric, data.target().task()),
                        {score_train, keep_responses, true, std::move(disabled_rules)},
                        waiting_bytes};
  const nb::gil_scoped_release release;
  new (self) Search(data, std::move(learner), std::move(copies), std::move(table), std::move(options));
}

nb::ndarray<nb::numpy, double> responses(Search& self, std::size_t cell, bool train, std::size_t n_outputs) {
  std::vector<double> taken = self.take_responses(cell, train);
  const std::size_t n_rows = taken.size() / n_outputs;
  return moved(std::move(taken), {n_rows, n_outputs});
}

}  // namespace

void bind_search(const nb::module_& module) {
  nb::class_<Search>(module, "Search")
      .def("__init__", &make_search, "dataset"_a, "learner"_a, "splits"_a, "cells"_a, nb::kw_only(),
           "repeats"_a = std::vector<std::uint32_t>{}, "free_seed"_a = 0, "metric"_a = "none",
           "score_train"_a = false, "keep_responses"_a = false,
           "disabled_rules"_a = std::vector<std::string>{}, "waiting_bytes"_a = 0, nb::keep_alive<1, 2>())
      .def("families", [](const Search& self) { return to_python(self.plan()); })
      .def("family_seconds",
           [](const Search& self) {
             std::vector<double> seconds = self.family_seconds();
             const std::size_t size = seconds.size();
             return moved(std::move(seconds), {size});
           })
      .def(
          "leave_out", [](Search& self, const std::vector<std::uint32_t>& cells) { self.leave_out(cells); },
          "cells"_a)
      .def("start", &Search::start, "n_threads"_a, nb::call_guard<nb::gil_scoped_release>())
      .def("wait", &Search::wait, "seconds"_a, nb::call_guard<nb::gil_scoped_release>())
      .def("cancel", &Search::cancel, nb::call_guard<nb::gil_scoped_release>())
      .def("progress", &Search::progress)
      .def("spans",
           [](const Search& self) {
             std::vector<double> numbers;
             for (const Span& span : self.spans()) {
               numbers.insert(numbers.end(), {static_cast<double>(span.family),
                                              static_cast<double>(span.thread), span.begin, span.end});
             }
             const std::size_t n_rows = numbers.size() / 4;
             return moved(std::move(numbers), {n_rows, 4});
           })
      .def("finished",
           [](Search& self) {
             const std::vector<std::uint32_t> finished = self.take_finished();
             return moved(std::vector<std::int32_t>(finished.begin(), finished.end()), {finished.size()});
           })
      .def("scores", [](const Search& self) { return array_of(self.scores()); })
      .def("responses", &responses, "cell"_a, "train"_a = false, nb::kw_only(), "n_outputs"_a)
      .def("seconds", [](const Search& self) { return array_of(self.seconds()); });
}

}  // namespace tenfold::python
