#include "learners/boosting/boosting_run.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>
#include <utility>

#include "invariant.hpp"

namespace tenfold::boosting {

namespace {

using Clock = std::chrono::steady_clock;

/// The rows that are followed: training rows, then test rows.
std::vector<std::int64_t> followed_rows(const Split& split) {
  std::vector<std::int64_t> rows = split.train;
  rows.insert(rows.end(), split.test.begin(), split.test.end());
  return rows;
}

std::vector<double> repeated(std::span<const double> start, std::size_t n_rows) {
  std::vector<double> raw;
  raw.reserve(start.size() * n_rows);
  for (std::size_t i = 0; i < n_rows; ++i) {
    raw.insert(raw.end(), start.begin(), start.end());
  }
  return raw;
}

}  // namespace

BoostedTarget target_of(const Data& data, std::span<const std::int64_t> rows) {
  BoostedTarget target;
  target.values.reserve(rows.size());
  for (const std::int64_t row : rows) {
    const auto at = static_cast<std::size_t>(row);
    target.values.push_back(data.n_classes() == 0 ? data.target().reals()[at]
                                                  : static_cast<double>(data.target().codes()[at]));
  }
  target.n_outputs = data.n_classes() > 2 ? data.n_classes() : 1;
  return target;
}

BoostingRun::BoostingRun(const RunContext& context, const Family& family, const BoostingSpec& spec,
                         const MersenneTwister& generator, std::span<const double> start,
                         std::span<const double> weights,
                         std::shared_ptr<const ordered::TrainingColumns> columns)
    : context_(context),
      family_(family),
      columns_(std::move(columns)),
      target_(target_of(context.data, context.split.train)),
      booster_(context.data.ranked_table(), *columns_, target_, spec, generator, followed_rows(context.split),
               repeated(start, context.split.train.size() + context.split.test.size()), weights),
      order_(family.readings.size()) {
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::stable_sort(order_, {}, [&](std::uint32_t reading) { return family.readings[reading].step; });
}

std::unique_ptr<Workspace> BoostingRun::workspace() const {
  class Nothing final : public Workspace {};
  return std::make_unique<Nothing>();
}

void BoostingRun::run(Steps steps, Workspace& /*workspace*/, OutcomeSink& sink) {
  invariant(steps.first == n_stages_, "stages go one after another");
  for (; n_stages_ < steps.last;) {
    if (context_.cancelled.load(std::memory_order_relaxed)) {
      return;
    }
    const auto start = Clock::now();
    booster_.add_stage();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    ++n_stages_;
    seconds_ += seconds;
    share_so_far_ += seconds / static_cast<double>(order_.size() - next_reading_);
    for (; next_reading_ < order_.size() && family_.readings[order_[next_reading_]].step == n_stages_;
         ++next_reading_) {
      read_off(family_.readings[order_[next_reading_]], sink);
    }
  }
}

void BoostingRun::read_off(const Reading& reading, OutcomeSink& sink) const {
  const double* const train = booster_.raw().data();
  const double* const test = train + context_.split.train.size() * target_.n_outputs;
  const double* const end = booster_.raw().data() + booster_.raw().size();
  Outcome outcome;
  outcome.test_score = outcome.train_score = std::numeric_limits<double>::quiet_NaN();
  outcome.fit_seconds = share_so_far_;
  if (context_.metric == Metric::kAccuracy) {
    outcome.test_score = accuracy(context_.split.test, test);
    if (context_.score_train) {
      outcome.train_score = accuracy(context_.split.train, train);
    }
  }
  if (context_.keep_responses) {
    outcome.test_responses.assign(test, end);
    if (context_.score_train) {
      outcome.train_responses.assign(train, test);
    }
  }
  sink.done(reading.cell, std::move(outcome));
}

/// Of one output, not below zero is the second class; of several, the first largest is the class.
double BoostingRun::accuracy(std::span<const std::int64_t> rows, const double* raw) const {
  const std::size_t n_outputs = target_.n_outputs;
  std::size_t n_right = 0;
  for (const std::int64_t row : rows) {
    const auto predicted = n_outputs == 1 ? static_cast<std::ptrdiff_t>(*raw >= 0.0)
                                          : std::max_element(raw, raw + n_outputs) - raw;
    n_right += static_cast<std::size_t>(
        predicted ==
        static_cast<std::ptrdiff_t>(context_.data.target().codes()[static_cast<std::size_t>(row)]));
    raw += n_outputs;
  }
  return static_cast<double>(n_right) / static_cast<double>(rows.size());
}

}  // namespace tenfold::boosting
