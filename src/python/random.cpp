/// Generators of random numbers, whose state goes in and out.

#include "tenfold/random.hpp"

#include <nanobind/nanobind.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "python/arrays.hpp"
#include "python/bindings.hpp"

namespace tenfold::python {

using namespace nb::literals;

void bind_random(const nb::module_& module) {
  nb::class_<MersenneTwister>(module, "MersenneTwister")
      .def(
          "__init__",
          [](MersenneTwister* self, const VectorArray<std::uint32_t>& words, std::uint32_t n_used) {
            new (self) MersenneTwister(viewed(words), n_used);
          },
          "words"_a, "n_used"_a)
      .def("words",
           [](const MersenneTwister& self) {
             std::vector<std::uint32_t> words(self.words().begin(), self.words().end());
             const std::size_t size = words.size();
             return moved(std::move(words), {size});
           })
      .def_prop_ro("n_used", &MersenneTwister::n_used);
}

}  // namespace tenfold::python
