#include "tenfold/data.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "data/ranked_columns.hpp"
#include "test_data.hpp"

namespace tenfold {
namespace {

MatrixView<float> view_of(const std::vector<float>& x) {
  return {x.data(), x.size(), 1, 1, 1};
}

TEST(Data, RefusesWhatDoesNotFit) {
  const std::vector<float> x{1, 2};
  const std::vector<float> nothing;
  EXPECT_THROW(Data(view_of(x), Target::of_classes(std::vector<std::int32_t>{0}, 2)), std::invalid_argument);
  EXPECT_THROW(Target::of_classes(std::vector<std::int32_t>{0, 2}, 2), std::invalid_argument);
  EXPECT_THROW(Target::of_classes(std::vector<std::int32_t>{0}, 70'000), std::invalid_argument);
  EXPECT_THROW(Data(view_of(nothing), Target::of_reals({})), std::invalid_argument) << "no rows";
  EXPECT_THROW(Data(MatrixView<float>{x.data(), 2, 0, 1, 1}, Target::of_reals(std::vector<double>{1, 2})),
               std::invalid_argument)
      << "no columns";
}

TEST(Data, FormsAreBuiltWhenTheyAreAskedFor) {
  const testing::TestData made = testing::mixed_data(500, 3, 1);
  const Data data = made.data();
  const std::size_t before = data.n_bytes();
  std::vector<std::thread> threads;
  std::vector<const RankedColumns*> forms(4);
  for (std::size_t t = 0; t < forms.size(); ++t) {
    threads.emplace_back([&data, &forms, t] { forms[t] = &data.ranks(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(std::ranges::all_of(forms, [&](const auto* form) { return form == forms[0]; }));
  EXPECT_EQ(data.n_bytes(), before + data.ranks().n_bytes());
}

TEST(Data, LetsGoOfItsMatrix) {
  auto x = std::make_shared<std::vector<float>>(std::vector<float>{3, 1, 2});
  const std::weak_ptr<std::vector<float>> watched = x;
  const std::vector<double> y{1.0, 2.0, 3.0};
  Data built(view_of(*x), Target::of_reals(y), x);
  Data unbuilt(view_of(*x), Target::of_reals(y), x);
  built.build({.ranks = true});
  x.reset();
  built.drop_source();
  unbuilt.drop_source();
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(built.ranks().rank(0, built.ranks().column(0)), 2U);
  EXPECT_THROW(static_cast<void>(unbuilt.ranks()), std::logic_error);
}

TEST(Data, TargetsAreClassesOrReals) {
  const std::vector<float> x{1, 2};
  Target reals = Target::of_reals(std::vector<double>{0.5, -1.5});
  EXPECT_THROW(reals.set_weights(std::vector<double>{1.0}), std::invalid_argument);
  reals.set_weights(std::vector<double>{1.0, 2.0});
  const Data data(view_of(x), std::move(reals));
  EXPECT_EQ(data.target().task(), LearningTask::kRegression);
  EXPECT_EQ(data.target().reals()[1], -1.5);
  EXPECT_EQ(data.target().weights()[1], 2.0);
  EXPECT_EQ(data.n_classes(), 0U);
}

TEST(Data, ItsDigestFollowsItsContents) {
  const testing::TestData made = testing::mixed_data(300, 3, 1);
  const testing::TestData same = made;
  testing::TestData other = made;
  other.y[17] = (other.y[17] + 1) % 3;
  EXPECT_EQ(made.data().digest(), same.data().digest());
  EXPECT_NE(made.data().digest(), other.data().digest());
  other = made;
  other.x[3] = 2.0F;
  EXPECT_NE(made.data().digest(), other.data().digest());
}

TEST(Data, IsItsTargetAloneWhereThereIsNoForm) {
  const auto of = [](std::vector<double> y) {
    auto data = std::make_unique<Data>(MatrixView<float>{nullptr, y.size(), 4, 0, 0}, Target::of_reals(y));
    data->drop_source();
    return data;
  };
  const auto data = of({1.0, 2.0, 5.0});
  data->build({});
  EXPECT_EQ(data->shape().n_rows, 3U);
  EXPECT_EQ(data->shape().n_columns, 4U);
  EXPECT_EQ(data->digest(), of({1.0, 2.0, 5.0})->digest());
  EXPECT_NE(data->digest(), of({1.0, 2.0, 6.0})->digest());
  EXPECT_THROW(static_cast<void>(data->ranks()), std::logic_error);
}

TEST(Data, IsTheSameOverItsParts) {
  const testing::TestData made = testing::mixed_data(3000, 4, 1);
  const Data data = made.data();
  const RankedColumns& columns = data.ranks();
  const Data viewing(data.parts());
  EXPECT_EQ(viewing.n_rows(), data.n_rows());
  EXPECT_EQ(viewing.n_classes(), data.n_classes());
  EXPECT_EQ(viewing.n_bytes(), data.n_bytes());
  EXPECT_EQ(viewing.digest(), data.digest());
  ASSERT_EQ(viewing.n_columns(), data.n_columns());
  for (std::size_t c = 0; c < columns.n_columns(); ++c) {
    const Column& column = viewing.ranks().column(c);
    EXPECT_EQ(column.values.data(), columns.column(c).values.data()) << "a copy";
    EXPECT_EQ(column.has_close_values, columns.column(c).has_close_values);
  }
}

/// The parts of a store in memory of their own, to be spoilt.
struct OwnParts {
  explicit OwnParts(const DataParts& parts)
      : n_classes(parts.n_classes),
        labels(parts.labels.begin(), parts.labels.end()),
        row_records(parts.row_records.begin(), parts.row_records.end()) {
    for (const auto& column : parts.values) {
      values.emplace_back(column.begin(), column.end());
    }
    for (const auto& column : parts.ranks) {
      ranks.emplace_back(column.begin(), column.end());
    }
  }

  [[nodiscard]] DataParts view() const {
    DataParts parts{n_classes, labels, row_records, {}, {}};
    parts.values.assign(values.begin(), values.end());
    parts.ranks.assign(ranks.begin(), ranks.end());
    return parts;
  }

  std::size_t n_classes;
  std::vector<std::uint16_t> labels;
  std::vector<std::uint8_t> row_records;
  std::vector<std::vector<float>> values;
  std::vector<std::vector<std::uint8_t>> ranks;
};

TEST(Data, RefusesPartsThatAreNotAStores) {
  const testing::TestData made = testing::mixed_data(300, 2, 1);
  const Data data = made.data();
  const OwnParts sound(data.parts());
  EXPECT_NO_THROW(Data{sound.view()});
  const auto refuses = [&sound](auto&& spoil) {
    OwnParts parts = sound;
    spoil(parts);
    EXPECT_THROW(Data{parts.view()}, std::invalid_argument);
  };
  refuses([](OwnParts& parts) { parts.labels.pop_back(); });
  refuses([](OwnParts& parts) { parts.labels[7] = 2; });
  refuses([](OwnParts& parts) { parts.row_records.resize(17); });
  refuses([](OwnParts& parts) { parts.values.pop_back(); });
  refuses([](OwnParts& parts) { parts.values[1].clear(); });
  refuses([](OwnParts& parts) { std::swap(parts.values[1][0], parts.values[1][1]); });
  refuses([](OwnParts& parts) { parts.values[1][2] = std::numeric_limits<float>::quiet_NaN(); });
  refuses([](OwnParts& parts) { parts.ranks[0][3] = 200; });
  refuses([](OwnParts& parts) { parts.ranks[1].resize(299); });
  refuses([](OwnParts& parts) { parts.row_records[5] ^= 1U; });
  refuses([](OwnParts& parts) { parts.n_classes = 0; });
  refuses([](OwnParts& parts) {
    parts.labels.clear();
    parts.row_records.clear();
    parts.ranks.assign(parts.ranks.size(), {});
  });
}

/// Whatever bytes come from elsewhere: refused, or safe to read everywhere.
TEST(Data, PartsWithAnyByteChangedAreRefusedOrSafe) {
  const testing::TestData made = testing::mixed_data(64, 3, 2);
  const Data data = made.data();
  const OwnParts sound(data.parts());
  std::mt19937 random(4);
  int refused = 0;
  for (int trial = 0; trial < 2'000; ++trial) {
    OwnParts parts = sound;
    const auto spoil = [&random](auto& values) {
      auto* const bytes = reinterpret_cast<std::uint8_t*>(values.data());
      const std::size_t n_bytes = values.size() * sizeof(values[0]);
      bytes[random() % n_bytes] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    };
    const std::size_t column = random() % parts.values.size();
    switch (random() % 4) {
      case 0:
        spoil(parts.labels);
        break;
      case 1:
        spoil(parts.row_records);
        break;
      case 2:
        spoil(parts.values[column]);
        break;
      default:
        spoil(parts.ranks[column]);
    }
    try {
      const Data viewing(parts.view());
      const RankedColumns& columns = viewing.ranks();
      for (std::size_t c = 0; c < columns.n_columns(); ++c) {
        for (std::size_t row = 0; row < columns.n_rows(); ++row) {
          ASSERT_LT(columns.rank(row, columns.column(c)), columns.column(c).values.size());
        }
      }
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1'000);
}

}  // namespace
}  // namespace tenfold
