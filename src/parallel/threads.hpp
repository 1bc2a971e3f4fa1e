#pragma once

/// One function on several threads of oneTBB.

#include <cstddef>
#include <functional>

namespace tenfold {

/// Runs `body` on at most `n_threads` threads, this one among them, and leaves none behind. How many there
/// are is a matter of this call alone: others that run at the same time have threads of their own.
void run_on_threads(std::size_t n_threads, const std::function<void()>& body);

}  // namespace tenfold
