#pragma once

/// One family of boosted models while it is being run: the longest of them, read off at each number of
/// stages.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "learners/boosting/booster.hpp"
#include "tenfold/learners/boosting.hpp"

namespace tenfold::boosting {

/// The target of these rows: numbers, or class codes and one output a class from three classes on.
BoostedTarget target_of(const Data& data, std::span<const std::int64_t> rows);

class BoostingRun final : public FamilyRun {
 public:
  BoostingRun(const RunContext& context, const Family& family, const BoostingSpec& spec,
              const MersenneTwister& generator, std::span<const double> start,
              std::span<const double> weights, std::shared_ptr<const ordered::TrainingColumns> columns);

  [[nodiscard]] std::unique_ptr<Workspace> workspace() const override;
  /// Adds these stages. They must be the next ones: a family's stages go one after another.
  void run(Steps steps, Workspace& workspace, OutcomeSink& sink) override;
  [[nodiscard]] double seconds() const override { return seconds_; }

 private:
  void read_off(const Reading& reading, OutcomeSink& sink) const;
  [[nodiscard]] double accuracy(std::span<const std::int64_t> rows, const double* raw) const;

  const RunContext context_;
  const Family& family_;
  const std::shared_ptr<const ordered::TrainingColumns> columns_;
  const BoostedTarget target_;
  Booster booster_;
  std::vector<std::uint32_t> order_;  ///< readings by number of stages
  std::uint32_t n_stages_ = 0;
  std::size_t next_reading_ = 0;
  double share_so_far_ = 0.0;
  double seconds_ = 0.0;
};

}  // namespace tenfold::boosting
