#pragma once

/// Memory for large arrays that are read here and there.
///
/// An access that is out of the processor's table of pages waits for the table, not only for the data. Pages
/// of two megabytes instead of four kilobytes make that rare, where the system has them (Linux, by
/// `madvise`).

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace tenfold {

/// Bytes, not initialised; those that are never touched take no memory.
class PageBlock {
 public:
  PageBlock() = default;

  explicit PageBlock(std::size_t n_bytes) {
    constexpr std::size_t kPage = std::size_t{1} << 21U;
    const bool is_large = n_bytes >= 2 * kPage;
    const std::size_t alignment = is_large ? kPage : alignof(std::max_align_t);
    const std::size_t size = (n_bytes / alignment + 1) * alignment;
    bytes_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(alignment, size)));
    if (bytes_ == nullptr) {
      throw std::bad_alloc();
    }
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (is_large) {
      static_cast<void>(madvise(bytes_.get(), size, MADV_HUGEPAGE));  // advice: refused, nothing changes
    }
#endif
  }

  [[nodiscard]] std::uint8_t* data() const { return bytes_.get(); }

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<std::uint8_t, Free> bytes_;
};

}  // namespace tenfold
