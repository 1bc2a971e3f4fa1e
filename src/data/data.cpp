#include "tenfold/data.hpp"

#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "data/digest.hpp"
#include "data/ranked_columns.hpp"
#include "data/ranked_table.hpp"

namespace tenfold {

namespace {

std::size_t rows_of(const Matrix& x) {
  return std::visit([](const auto& view) { return view.n_rows; }, x);
}

std::size_t columns_of(const Matrix& x) {
  return std::visit([](const auto& view) { return view.n_columns; }, x);
}

}  // namespace

Data::Data(Matrix x, Target target, std::shared_ptr<const void> owner)
    : target_(std::move(target)),
      n_columns_(columns_of(x)),
      source_(x),
      has_source_(true),
      owner_(std::move(owner)) {
  if (target_.n_rows() != rows_of(x)) {
    throw std::invalid_argument("y has " + std::to_string(target_.n_rows()) + " entries; X has " +
                                std::to_string(rows_of(x)) + " rows.");
  }
  if (n_rows() == 0 || n_columns_ == 0) {
    throw std::invalid_argument("X has " + std::to_string(n_rows()) + " rows and " +
                                std::to_string(n_columns_) + " columns; there must be one of each.");
  }
  if (n_rows() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("X has " + std::to_string(n_rows()) + " rows; at most 2**32 - 1 fit.");
  }
}

Data::Data(const DataParts& parts, std::shared_ptr<const void> owner)
    : target_(Target::viewing_classes(parts.labels, parts.n_classes)),
      n_columns_(parts.values.size()),
      owner_(std::move(owner)) {
  if (n_rows() == 0 || n_columns_ == 0) {
    throw std::invalid_argument("the parts of a data set have no rows or no columns.");
  }
  ranks_ = std::make_unique<const RankedColumns>(parts);
}

Data::~Data() = default;

const RankedColumns& Data::ranks() const {
  const std::lock_guard lock(building_);
  if (ranks_ == nullptr) {
    if (!has_source_) {
      throw std::logic_error("ranks were asked for after the matrix was dropped.");
    }
    ranks_ = std::make_unique<const RankedColumns>(source_);
  }
  return *ranks_;
}

const RankedTable& Data::ranked_table() const {
  const std::lock_guard lock(building_);
  if (ranked_table_ == nullptr) {
    if (!has_source_) {
      throw std::logic_error("ranks were asked for after the matrix was dropped.");
    }
    ranked_table_ = std::visit([](const auto& x) { return std::make_unique<const RankedTable>(x); }, source_);
  }
  return *ranked_table_;
}

bool Data::all_finite() const {
  return ranks().all_finite();
}

void Data::build(const DataNeeds& needs) const {
  if (needs.ranks) {
    static_cast<void>(ranks());
  }
  if (needs.ranked_table) {
    static_cast<void>(ranked_table());
  }
}

void Data::drop_source() {
  const std::lock_guard lock(building_);
  if (has_source_) {
    has_source_ = false;
    source_ = {};
    owner_.reset();
  }
}

DataParts Data::parts() const {
  DataParts parts;
  parts.n_classes = n_classes();
  parts.labels = target_.codes();
  ranks().add_to(parts);
  return parts;
}

bool Data::has_form() const {
  return has_source_ || ranks_ != nullptr || ranked_table_ != nullptr;
}

DataShape Data::shape() const {
  if (!has_form()) {
    return {.n_rows = n_rows(), .n_columns = n_columns_, .n_classes = n_classes()};
  }
  DataShape shape{n_rows(), n_columns_, n_classes(), 0.0};
  if (ranks_ == nullptr && ranked_table_ != nullptr) {
    for (std::size_t c = 0; c < n_columns_; ++c) {
      shape.n_values += static_cast<double>(ranked_table_->column(c).values.size());
    }
    shape.n_values /= static_cast<double>(n_columns_);
    return shape;
  }
  const RankedColumns& columns = ranks();
  for (std::size_t c = 0; c < columns.n_columns(); ++c) {
    shape.n_values += static_cast<double>(columns.column(c).values.size());
  }
  shape.n_values /= static_cast<double>(n_columns_);
  return shape;
}

std::uint64_t Data::digest() const {
  const bool has_table_alone = ranks_ == nullptr && ranked_table_ != nullptr;
  const RankedColumns* const columns = has_table_alone || !has_form() ? nullptr : &ranks();
  const std::lock_guard lock(building_);
  if (digest_ == 0) {
    std::uint64_t digest = digest_of(std::uint64_t{n_columns_});
    digest = digest_of(target_.codes(), digest);
    digest = digest_of(target_.reals(), digest);
    digest = digest_of(target_.weights(), digest);
    if (columns != nullptr) {
      digest = digest_of(columns->row_records(), digest);
    } else if (ranked_table_ != nullptr) {
      for (std::size_t c = 0; c < n_columns_; ++c) {
        digest = digest_of(std::span(ranked_table_->column(c).ranks), digest);
      }
    }
    digest_ = digest;
  }
  return digest_;
}

std::size_t Data::n_bytes() const {
  const std::lock_guard lock(building_);
  return target_.n_bytes() + (ranks_ == nullptr ? 0 : ranks_->n_bytes()) +
         (ranked_table_ == nullptr ? 0 : ranked_table_->n_bytes());
}

}  // namespace tenfold
