#pragma once

namespace tenfold::ordered {

/// A sample's target and its weight, premultiplied where scikit-learn multiplies first.
struct MomentSample {
  double weighted_target = 0.0;
  double weight = 1.0;
};

}  // namespace tenfold::ordered
