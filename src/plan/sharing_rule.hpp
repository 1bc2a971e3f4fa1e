#pragma once

/// What a sharing rule is.
///
/// A rule says which parameters of a spec it *covers*: specs that differ in those alone may be read off one
/// piece of work. It does so by erasing them from the key of a family. To add a rule, write one file that
/// defines such an object in the learner's folder and add it to the learner's list of rules.

#include <string_view>

namespace tenfold {

template <typename Spec>
struct SharingRule {
  std::string_view name;
  /// One sentence for `explain`: what is shared, and why that is sound.
  std::string_view why;
  /// True when the rule may be used for a spec.
  bool (*applies)(const Spec& spec);
  /// Removes what the rule covers from the key of a family.
  void (*erase)(Spec& key);
  /// Where specs to which the rule doesn't apply may be read off its families all the same, turns one into
  /// a spec to which it does; they join only a family that somebody else needs.
  void (*admit)(Spec& spec) = nullptr;
};

/// Cells of equal effective specs are one fit: true of every learner, so no spec needs to be asked.
inline constexpr std::string_view kEqualRule = "equal";
inline constexpr std::string_view kEqualWhy =
    "candidates whose parameters come to the same on these data are one fit";

}  // namespace tenfold
