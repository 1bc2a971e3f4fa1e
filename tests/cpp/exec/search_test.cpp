#include "tenfold/search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "forests.hpp"
#include "invariant.hpp"

namespace tenfold {
namespace {

using namespace testing;

/// A learner whose families finish each of their cells so many times.
class CarelessLearner final : public Learner {
 public:
  explicit CarelessLearner(int times) : times_(times) {}

  [[nodiscard]] std::string_view name() const override { return "careless"; }
  [[nodiscard]] std::size_t n_specs() const override { return 1; }
  [[nodiscard]] DataNeeds needs() const override { return {}; }
  [[nodiscard]] std::vector<Family> plan(const PlanRequest& request) const override {
    std::vector<Family> families;
    for (std::uint32_t cell = 0; cell < request.cells.size(); ++cell) {
      Family family;
      family.split = request.cells[cell].split;
      family.readings = {{cell, 0, 1}};
      family.members = {0};
      family.stages = {{1, 1.0}};
      family.cost = family.cost_apart = 1.0;
      family.steps_asked = family.steps_done = 1;
      families.push_back(std::move(family));
    }
    return families;
  }
  [[nodiscard]] std::unique_ptr<FamilyRun> begin(const Family& family,
                                                 const RunContext& /*context*/) const override {
    return std::make_unique<Run>(family.readings[0].cell, times_);
  }

 private:
  class Run final : public FamilyRun {
   public:
    Run(std::uint32_t cell, int times) : cell_(cell), times_(times) {}
    [[nodiscard]] std::unique_ptr<Workspace> workspace() const override {
      class Nothing final : public Workspace {};
      return std::make_unique<Nothing>();
    }
    void run(Steps /*steps*/, Workspace& /*workspace*/, OutcomeSink& sink) override {
      for (int i = 0; i < times_; ++i) {
        sink.done(cell_, {});
      }
    }
    [[nodiscard]] double seconds() const override { return 0.0; }

   private:
    std::uint32_t cell_;
    int times_;
  };

  int times_;
};

TEST(Search, HoldsLearnersToFinishingEachCellOnce) {
  if (!kInvariantsRun) {
    GTEST_SKIP() << "built without invariants";
  }
  const TestData rows = mixed_data(40, 2, 1);
  const Data data = rows.data();
  for (const int times : {0, 1, 2}) {
    Search search(data, std::make_shared<CarelessLearner>(times), {{{0, 1, 2}, {3, 4}, 0}}, {{0, 0}, {0, 0}},
                  {});
    search.start(2);
    if (times == 1) {
      while (!search.wait(1.0)) {
      }
      EXPECT_EQ(search.take_finished().size(), 2U);
    } else {
      EXPECT_THROW(while (!search.wait(1.0)){}, std::logic_error) << times << " times";
    }
  }
}

TEST(Search, TimesAreSharedOutInFull) {
  const ForestTable table(600, varied_specs(0, 400, Splitter::kBest));
  Search search = table.search();
  finish(search, 2);
  double cell_seconds = 0.0;
  for (std::size_t c = 0; c < table.cells.size(); ++c) {
    EXPECT_GT(search.outcome(c).fit_seconds, 0.0);
    EXPECT_TRUE(std::isnan(search.outcome(c).train_score));
    cell_seconds += search.outcome(c).fit_seconds + search.outcome(c).score_seconds;
  }
  const std::vector<double> families = search.family_seconds();
  const double spent = std::accumulate(families.begin(), families.end(), 0.0);
  EXPECT_NEAR(cell_seconds, spent, 1e-9 * static_cast<double>(table.cells.size()) + 1e-6 * spent);
}

TEST(Search, ReportsEachCellOnceAndAllProgress) {
  const ForestTable table(300, varied_specs(0, 200, Splitter::kRandom));
  Search search = table.search();
  EXPECT_EQ(search.progress(), 0.0);
  finish(search, 3);
  std::vector<int> seen(table.cells.size(), 0);
  for (const std::uint32_t cell : search.take_finished()) {
    ++seen[cell];
  }
  EXPECT_EQ(seen, std::vector<int>(table.cells.size(), 1));
  EXPECT_TRUE(search.take_finished().empty());
  EXPECT_NEAR(search.progress(), 1.0, 1e-9);
}

TEST(Search, RunsNoFamilyOfWhichAllCellsAreKnown) {
  const ForestTable table(300, varied_specs(0, 200, Splitter::kBest));
  Search whole = table.search();
  finish(whole, 2);
  Search part = table.search();
  const Family& left = part.plan().families.front();
  std::vector<std::uint32_t> known;
  for (std::uint32_t c = 0; c < table.cells.size(); ++c) {
    if (c != left.readings.front().cell) {
      known.push_back(c);
    }
  }
  part.leave_out(known);
  finish(part, 2);
  std::vector<std::uint32_t> asked;
  for (const Reading& reading : left.readings) {
    asked.push_back(reading.cell);
    EXPECT_EQ(part.outcome(reading.cell).test_score, whole.outcome(reading.cell).test_score);
  }
  std::vector<std::uint32_t> done = part.take_finished();
  std::ranges::sort(asked);
  std::ranges::sort(done);
  EXPECT_EQ(done, asked);
  EXPECT_NEAR(part.progress(), 1.0, 1e-9);
  for (const Span& span : part.spans()) {
    EXPECT_EQ(span.family, 0U);
    EXPECT_LE(span.begin, span.end);
  }
}

TEST(Search, StopsWhenCancelled) {
  ForestSpec spec;
  spec.n_estimators = 5000;
  spec.max_features = 5;
  const ForestTable table(20'000, {spec});
  Search search = table.search();
  search.start(2);
  EXPECT_FALSE(search.wait(0.05));
  const auto start = std::chrono::steady_clock::now();
  search.cancel();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_TRUE(search.wait(0.0));
  EXPECT_TRUE(search.take_finished().empty());
}

TEST(Search, RunsAreMadeWhenTheyBeginAndDroppedWhenDone) {
  // As many families as cells; their votes together are far beyond what two of them hold.
  const ForestTable table(2'000, specs_apart(40));
  Search search = table.search();
  EXPECT_EQ(search.plan().families.size(), table.cells.size());
  finish(search, 2);
  for (const double seconds : search.family_seconds()) {
    EXPECT_GT(seconds, 0.0);
  }
}

TEST(Search, WaitsWhileResponsesAreNotTaken) {
  ForestTable table(900, specs_apart(60));
  table.cells = all_cells(table.specs.size(), 1);
  constexpr std::size_t kBytesOfACell = 300 * 3 * sizeof(double);
  for (const std::size_t n_threads : {1U, 2U}) {
    SearchOptions how = options(0, false, true);
    how.waiting_bytes = 3 * kBytesOfACell;
    Search search = table.search(how);
    search.start(n_threads);
    std::size_t n_taken = 0;
    EXPECT_FALSE(search.wait(0.05));
    while (n_taken < table.cells.size()) {
      const std::vector<std::uint32_t> finished = search.take_finished();
      // What the limit allows, one more that reached it, and one that each thread was at work on.
      EXPECT_LE(finished.size(), 4 + n_threads);
      for (const std::uint32_t cell : finished) {
        EXPECT_EQ(search.take_responses(cell, false).size(), 900U);
      }
      n_taken += finished.size();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_TRUE(search.wait(10.0));
  }
}

TEST(Search, StopsWhileItWaitsForResponsesToBeTaken) {
  ForestTable table(300, specs_apart(30));
  table.cells = all_cells(table.specs.size(), 1);
  SearchOptions how = options(0, false, true);
  how.waiting_bytes = 1;
  Search search = table.search(how);
  search.start(2);
  EXPECT_FALSE(search.wait(0.05));
  search.cancel();
  EXPECT_TRUE(search.wait(0.0));
}

/// Read while it is written: the thread sanitizer looks on.
TEST(Search, IsReadWhileItRuns) {
  const ForestTable table(600, varied_specs(0, 400, Splitter::kBest));
  Search search = table.search(options(0, true, true));
  search.start(2);
  double last = 0.0;
  while (!search.wait(0.001)) {
    EXPECT_GE(search.progress(), last);
    last = search.progress();
    const auto seconds = search.seconds();
    const auto scores = search.scores();
    for (const std::uint32_t cell : search.take_finished()) {
      EXPECT_GT(search.seconds()[cell].first, 0.0);
      EXPECT_EQ(search.take_responses(cell, false).size(), 200U * 3U);
    }
    static_cast<void>(search.family_seconds());
  }
}

TEST(Search, SearchesSideBySideKeepTheirThreads) {
  const ForestTable table(400, varied_specs(0, 266, Splitter::kBest));
  Search alone = table.search();
  finish(alone, 1);
  std::vector<std::vector<std::pair<double, double>>> scores(3);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < scores.size(); ++t) {
    threads.emplace_back([&, t] {
      Search search = table.search();
      finish(search, t + 1);
      scores[t] = search.scores();
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const auto& of_one : scores) {
    for (std::size_t c = 0; c < table.cells.size(); ++c) {
      EXPECT_EQ(of_one[c].first, alone.scores()[c].first);
    }
  }
}

}  // namespace
}  // namespace tenfold
