/// The learner of baselines.

#include "tenfold/learners/dummy.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <utility>

#include "learners/dummy/baseline.hpp"
#include "learners/dummy/rules.hpp"
#include "plan/grouping.hpp"

namespace tenfold {

namespace {

using Clock = std::chrono::steady_clock;

/// Seconds on one core for a row of the targets.
constexpr double kSecondsPerRow = 1e-9;
constexpr double kSecondsPerFamily = 1e-6;

/// Cells of one split, from one look at its training targets.
class DummyRun final : public FamilyRun {
 public:
  DummyRun(const RunContext& context, const Family& family, std::vector<DummySpec> members)
      : context_(context), family_(family), members_(std::move(members)) {}

  [[nodiscard]] std::unique_ptr<Workspace> workspace() const override {
    class Nothing final : public Workspace {};
    return std::make_unique<Nothing>();
  }

  void run(Steps /*steps*/, Workspace& /*workspace*/, OutcomeSink& sink) override {
    const auto start = Clock::now();
    const std::vector<std::vector<double>> predicted = predictions();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    for (const Reading& reading : family_.readings) {
      Outcome outcome = read_off(predicted[reading.member]);
      outcome.fit_seconds = seconds / static_cast<double>(family_.readings.size());
      sink.done(reading.cell, std::move(outcome));
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
  }

  [[nodiscard]] double seconds() const override { return seconds_; }

 private:
  /// Per member the shares of all classes that it predicts of every row.
  [[nodiscard]] std::vector<std::vector<double>> predictions() const {
    const Target& target = context_.data.target();
    std::vector<std::size_t> counts(target.n_classes(), 0);
    for (const std::int64_t row : context_.split.train) {
      ++counts[target.codes()[static_cast<std::size_t>(row)]];
    }
    std::vector<std::vector<double>> predicted;
    predicted.reserve(members_.size());
    for (const DummySpec& member : members_) {
      predicted.push_back(dummy::shares_of(member.strategy, counts));
    }
    return predicted;
  }

  [[nodiscard]] Outcome read_off(const std::vector<double>& predicted) const {
    Outcome outcome;
    outcome.test_score = outcome.train_score = std::numeric_limits<double>::quiet_NaN();
    if (context_.metric == Metric::kAccuracy) {
      const auto label = static_cast<std::size_t>(std::ranges::max_element(predicted) - predicted.begin());
      outcome.test_score = accuracy(context_.split.test, label);
      if (context_.score_train) {
        outcome.train_score = accuracy(context_.split.train, label);
      }
    }
    if (context_.keep_responses) {
      outcome.test_responses = repeated(predicted, context_.split.test.size());
      if (context_.score_train) {
        outcome.train_responses = repeated(predicted, context_.split.train.size());
      }
    }
    return outcome;
  }

  [[nodiscard]] double accuracy(std::span<const std::int64_t> rows, std::size_t label) const {
    const std::span<const std::uint16_t> codes = context_.data.target().codes();
    const auto n_right = std::ranges::count_if(
        rows, [&](std::int64_t row) { return codes[static_cast<std::size_t>(row)] == label; });
    return static_cast<double>(n_right) / static_cast<double>(rows.size());
  }

  static std::vector<double> repeated(const std::vector<double>& predicted, std::size_t n_rows) {
    std::vector<double> responses;
    responses.reserve(predicted.size() * n_rows);
    for (std::size_t i = 0; i < n_rows; ++i) {
      responses.insert(responses.end(), predicted.begin(), predicted.end());
    }
    return responses;
  }

  const RunContext context_;
  const Family& family_;
  const std::vector<DummySpec> members_;
  double seconds_ = 0.0;
};

class DummyLearner final : public Learner {
 public:
  explicit DummyLearner(std::vector<DummySpec> specs) : specs_(std::move(specs)) {}

  [[nodiscard]] std::string_view name() const override { return "dummy"; }
  [[nodiscard]] std::size_t n_specs() const override { return specs_.size(); }
  [[nodiscard]] DataNeeds needs() const override { return {}; }

  [[nodiscard]] std::vector<Family> plan(const PlanRequest& request) const override {
    const Sharing<DummySpec> sharing{dummy_rules(), [](const DummySpec&) { return std::uint32_t{1}; },
                                     [](DummySpec&) {}, std::numeric_limits<std::size_t>::max()};
    return families_of(
        request, sharing, [&](const Cell& cell) { return specs_[cell.spec]; },
        [&](Grouped<DummySpec>& group) { add_cost(group.family, request); });
  }

  [[nodiscard]] std::unique_ptr<FamilyRun> begin(const Family& family,
                                                 const RunContext& context) const override {
    if (context.data.n_classes() == 0) {
      throw std::invalid_argument("baselines are of classes; the target is of numbers.");
    }
    std::vector<DummySpec> members;
    members.reserve(family.members.size());
    for (const std::uint32_t spec : family.members) {
      members.push_back(specs_[spec]);
    }
    return std::make_unique<DummyRun>(context, family, std::move(members));
  }

 private:
  static void add_cost(Family& family, const PlanRequest& request) {
    const std::size_t n_cells = family.readings.size();
    family.cost = kSecondsPerFamily + kSecondsPerRow * request.splits[family.split].n_train;
    family.cost_apart = family.cost * static_cast<double>(n_cells);
    family.stages.push_back({1, family.cost});
    family.steps_asked = n_cells;
    family.steps_done = 1;
    family.n_bytes = sizeof(std::size_t) * std::uint64_t{request.shape.n_classes};
  }

  std::vector<DummySpec> specs_;
};

}  // namespace

std::shared_ptr<const Learner> make_dummy_learner(std::vector<DummySpec> specs) {
  return std::make_shared<DummyLearner>(std::move(specs));
}

}  // namespace tenfold
