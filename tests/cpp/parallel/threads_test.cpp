#include "parallel/threads.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tenfold {
namespace {

TEST(Threads, OneRunsHere) {
  std::set<std::thread::id> met;
  run_on_threads(1, [&] { met.insert(std::this_thread::get_id()); });
  EXPECT_EQ(met, std::set{std::this_thread::get_id()});
}

TEST(Threads, EachRunsTheBodyOnceAndAllAreDone) {
  for (const std::size_t n_threads : {2U, 3U, 5U}) {
    std::atomic<std::size_t> n_begun = 0;
    std::atomic<std::size_t> n_ended = 0;
    run_on_threads(n_threads, [&] {
      ++n_begun;
      std::this_thread::yield();
      ++n_ended;
    });
    EXPECT_EQ(n_begun, n_threads);
    EXPECT_EQ(n_ended, n_threads);
  }
}

TEST(Threads, SeveralAtOnceKeepToThemselves) {
  std::atomic<int> n_run = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] { run_on_threads(2, [&] { ++n_run; }); });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  EXPECT_EQ(n_run, 6);
}

TEST(Threads, WhatABodyThrowsIsThrown) {
  for (const std::size_t n_threads : {1U, 3U}) {
    EXPECT_THROW(run_on_threads(n_threads, [] { throw std::runtime_error("no"); }), std::runtime_error);
  }
}

}  // namespace
}  // namespace tenfold
