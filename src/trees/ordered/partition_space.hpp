#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenfold::ordered {

/// Working space of `move_right` (wide_partition.hpp). Its users are compiled for AVX-512 and so call nothing
/// of a vector: they are given pointers.
class PartitionSpace {
 public:
  /// Room on either side of what is read and written whole vectors at a time.
  static constexpr std::size_t kRoom = 16;

  PartitionSpace() = default;
  PartitionSpace(const PartitionSpace&) = delete;
  PartitionSpace& operator=(const PartitionSpace&) = delete;
  PartitionSpace(PartitionSpace&&) = default;
  PartitionSpace& operator=(PartitionSpace&&) = default;
  ~PartitionSpace() = default;

  void reserve(std::size_t n);

  std::uint32_t* moved = nullptr;
  std::uint32_t* others = nullptr;
  std::uint16_t* goes_right = nullptr;  ///< a bit a key

 private:
  std::size_t size_ = 0;
  std::vector<std::uint32_t> memory_;
  std::vector<std::uint16_t> bits_;
};

}  // namespace tenfold::ordered
