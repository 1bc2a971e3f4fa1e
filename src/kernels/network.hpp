#pragma once

/// What stands between the products of a multi-layer perceptron's training, without an array a step.
///
/// A *network* owns the memory of one fit: parameters, gradients and what the optimizer remembers, each in
/// one piece (matrices of all layers, then vectors of intercepts), and activations and deltas of one batch of
/// rows. Products, exponentials and sums are somebody else's (NumPy's), between calls, on that memory: their
/// order decides bits. What is here is done element by element, so each number is the one that scikit-learn's
/// `neural_network/_multilayer_perceptron.py`, `_base.py` and `_stochastic_optimizers.py` (1.9) have. Layer 0
/// are the rows, the last one the outputs.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenfold::kernels {

enum class Activation { kIdentity, kLogistic, kTanh, kRelu };

enum class Output {
  kClasses,  ///< softmax of exclusive classes, log loss
  kLabels,   ///< logistic of each output alone, binary log loss
  kNumbers   ///< as they are, squared error
};

struct AdamSettings {
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
};

struct MomentumSettings {
  double momentum = 0.9;
  bool nesterov = true;
};

class Network {
 public:
  /// @param units of each layer, rows' columns first; at least two layers, none of them empty
  /// @param n_rows of the largest batch
  Network(std::vector<std::size_t> units, std::size_t n_rows, Activation activation, Output output);

  [[nodiscard]] std::size_t n_layers() const { return units_.size(); }
  [[nodiscard]] std::size_t n_units(std::size_t layer) const { return units_[layer]; }
  [[nodiscard]] std::size_t n_rows() const { return n_rows_; }
  /// How many of the parameters are in matrices, and so decay.
  [[nodiscard]] std::size_t n_weights() const { return n_weights_; }

  std::span<double> parameters() { return parameters_; }
  std::span<double> gradients() { return gradients_; }
  /// Adam's mean gradients; of descent with momentum, velocities.
  std::span<double> first_moments() { return first_moments_; }
  std::span<double> second_moments() { return second_moments_; }
  /// (n_rows, n_units(layer)); of layer 0 the batch itself.
  std::span<double> activations(std::size_t layer) { return activations_[layer]; }
  /// (n_rows, n_units(layer)), of layers from 1.
  std::span<double> deltas(std::size_t layer) { return deltas_[layer]; }
  /// Of the batch: what the logarithm is taken of, or squared errors. (n_rows,) of classes, else (n_rows,
  /// n_outputs).
  std::span<double> losses() { return losses_; }
  /// (n_rows,): what `finish_outputs` divides the outputs of classes by.
  std::span<double> row_sums() { return row_sums_; }

  /// Copy rows into the batch. @param X (any, n_units(0))
  void take_rows(const double* X, std::span<const std::int64_t> rows);

  /// Copy the targets of rows into the batch. @param y (any, n_outputs); 0 or 1 but for numbers
  void take_targets(const double* y, std::span<const std::int64_t> rows);

  /// Add intercepts to the sums of a layer; of a hidden one with relu, take the positive part; of exclusive
  /// classes, take the largest of each row from it.
  void add_intercepts(std::size_t layer, std::size_t n_rows);

  /// From activations of the outputs to `losses` and to their deltas; classes are divided by `row_sums`
  /// first.
  void finish_outputs(std::size_t n_rows);

  /// Sums of `losses`, one a class, in the order of the rows; of exclusive classes.
  void sum_by_class(std::size_t n_rows, std::span<double> sums) const;

  /// Multiply a hidden layer's deltas by the derivative of its activation.
  void differentiate(std::size_t layer, std::size_t n_rows);

  /// Gradients, which are sums over the batch, into means with their share of the penalty.
  void finish_gradients(double alpha, std::size_t n_rows);

  /// The same, and a step of Adam.
  void step(const AdamSettings& adam, double alpha, std::size_t n_rows, double rate);

  /// The same with a step of descent with momentum.
  void step(const MomentumSettings& descent, double alpha, std::size_t n_rows, double rate);

  /// Whether all parameters and moments are finite.
  [[nodiscard]] bool is_finite() const;

 private:
  std::vector<std::size_t> units_;
  std::size_t n_rows_;
  Activation activation_;
  Output output_;
  std::size_t n_weights_ = 0;
  std::vector<double> parameters_;
  std::vector<double> gradients_;
  std::vector<double> first_moments_;
  std::vector<double> second_moments_;
  std::vector<std::vector<double>> activations_;
  std::vector<std::vector<double>> deltas_;
  std::vector<double> targets_;  // of the batch, (n_rows, n_outputs)
  std::vector<std::size_t> classes_;
  std::vector<double> losses_;
  std::vector<double> row_sums_;
  std::vector<std::size_t> intercepts_;  // where those of each layer begin in parameters_
};

}  // namespace tenfold::kernels
