#pragma once

/// Checks of what only a bug can break.
///
/// They run in development and test builds (CMake's TENFOLD_INVARIANTS) and cost nothing elsewhere, so they
/// may look at whole plans, but stand in no hot loop.

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tenfold {

#ifdef TENFOLD_INVARIANTS
inline constexpr bool kInvariantsRun = true;
#else
inline constexpr bool kInvariantsRun = false;
#endif

/// Throws std::logic_error, naming the place, where something does not hold that always must.
inline void invariant(bool holds, std::string_view what,
                      std::source_location where = std::source_location::current()) {
  if constexpr (kInvariantsRun) {
    if (!holds) [[unlikely]] {
      throw std::logic_error("a bug in tenfold: " + std::string(what) + " does not hold (" +
                             where.file_name() + ":" + std::to_string(where.line()) + ").");
    }
  }
}

}  // namespace tenfold
