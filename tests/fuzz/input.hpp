#pragma once

/// The fuzzer's bytes, read as numbers. What is read past their end is zero, so every input means something.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace tenfold::fuzzing {

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes, size) {}

  [[nodiscard]] bool is_spent() const { return bytes_.empty(); }

  /// The next bytes as a number of this type.
  template <typename T>
  T number() {
    T value{};
    const std::size_t n_bytes = bytes_.size() < sizeof value ? bytes_.size() : sizeof value;
    std::memcpy(&value, bytes_.data(), n_bytes);
    bytes_ = bytes_.subspan(n_bytes);
    return value;
  }

  /// A number from `least` to `most`.
  std::uint32_t within(std::uint32_t least, std::uint32_t most) {
    return least + number<std::uint8_t>() % (most - least + 1);
  }

  /// Mostly a number within the range, at times any number at all.
  std::uint32_t about(std::uint32_t least, std::uint32_t most) {
    return number<std::uint8_t>() % 16 == 0 ? number<std::uint32_t>() : within(least, most);
  }

  bool flag() { return (number<std::uint8_t>() & 1U) != 0; }

  /// Mostly a small number of eighths, at times any bits at all: NaN, infinities, what is tiny or negative.
  double real() {
    return number<std::uint8_t>() % 8 == 0 ? number<double>() : 0.125 * number<std::uint8_t>();
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace tenfold::fuzzing
