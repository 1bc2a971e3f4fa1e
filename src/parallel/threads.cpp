#include "parallel/threads.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <new>

namespace tenfold {

void run_on_threads(std::size_t n_threads, const std::function<void()>& body) {
  if (n_threads == 1) {
    body();  // no scheduler, so that a forked child of a threaded process can run
    return;
  }
  namespace tbb = oneapi::tbb;
  // The scheduler handle ends TBB's workers with the last search: a process that forks later has none.
  tbb::task_scheduler_handle scheduler{tbb::attach{}};
  {
    tbb::task_arena arena(static_cast<int>(n_threads));
    arena.execute([&] {
      tbb::task_group group;
      for (std::size_t i = 1; i < n_threads; ++i) {
        group.run(body);
      }
      group.run_and_wait(body);
    });
  }
  tbb::finalize(scheduler, std::nothrow);
}

}  // namespace tenfold
