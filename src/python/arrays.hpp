#pragma once

/// Arrays between NumPy and the library: what is viewed, what is copied, what is moved.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tenfold::python {

namespace nb = nanobind;

template <typename T>
using MatrixArray = nb::ndarray<const T, nb::ndim<2>, nb::device::cpu>;
template <typename T>
using VectorArray = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <typename T>
std::vector<T> copied(const VectorArray<T>& values) {
  return {values.data(), values.data() + values.size()};
}

template <typename T>
std::span<const T> viewed(const VectorArray<T>& values) {
  return {values.data(), values.size()};
}

/// Weights of the training rows of each split, (kind, split, row).
using WeightArrays = std::vector<std::vector<VectorArray<double>>>;

inline std::vector<std::vector<std::vector<double>>> copied_weights(const WeightArrays& weights) {
  std::vector<std::vector<std::vector<double>>> result;
  for (const auto& by_split : weights) {
    auto& copies = result.emplace_back();
    for (const VectorArray<double>& array : by_split) {
      copies.push_back(copied(array));
    }
  }
  return result;
}

/// An array that owns the vector it was made from.
template <typename T>
nb::ndarray<nb::numpy, T> moved(std::vector<T> values, std::vector<std::size_t> shape) {
  auto* const owned = new std::vector<T>(std::move(values));
  const nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return {owned->data(), shape.size(), shape.data(), owner};
}

/// (n, 2) of n pairs.
inline nb::ndarray<nb::numpy, double> array_of(const std::vector<std::pair<double, double>>& pairs) {
  std::vector<double> values;
  values.reserve(2 * pairs.size());
  for (const auto& [first, second] : pairs) {
    values.push_back(first);
    values.push_back(second);
  }
  return moved(std::move(values), {pairs.size(), 2});
}

/// A read-only array over memory that `owner` keeps alive.
template <typename T>
nb::object view_of(std::span<const T> values, nb::handle owner) {
  return nb::cast(nb::ndarray<nb::numpy, const T, nb::ndim<1>>(values.data(), {values.size()}, owner));
}

}  // namespace tenfold::python
