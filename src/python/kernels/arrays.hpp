#pragma once

/// What the parts of tenfold._kernels have in common: arrays of the caller's, and refusing what they are not.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "python/arrays.hpp"

namespace tenfold::python {

template <class T>
using Vector = nb::ndarray<T, nb::shape<-1>, nb::c_contig, nb::device::cpu>;
using ConstVector = Vector<const double>;
using Numbers = Vector<const int>;

template <class T>
std::span<T> span_of(const Vector<T>& values) {
  return {values.data(), values.shape(0)};
}

/// Throws std::invalid_argument, which says what must hold.
inline void need(bool holds, const char* what) {
  if (!holds) {
    throw std::invalid_argument(what);
  }
}

/// An array of NumPy's that owns the values.
template <class T>
nb::object array_of(std::vector<T> values, std::vector<std::size_t> shape) {
  return nb::cast(moved(std::move(values), std::move(shape)));
}

template <class T>
nb::object array_of(std::vector<T> values) {
  const std::size_t size = values.size();
  return array_of(std::move(values), {size});
}

}  // namespace tenfold::python
