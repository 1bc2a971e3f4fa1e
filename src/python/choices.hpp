#pragma once

/// Names of choices, as Python has them.

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace tenfold::python {

/// The choice of that name among pairs of a name and a choice. Throws std::invalid_argument, naming the
/// value and what is allowed.
template <typename Choice, std::size_t kSize>
Choice choice_named(const char* parameter, const std::string& name,
                    const std::pair<const char*, Choice> (&choices)[kSize]) {  // NOLINT(*-avoid-c-arrays)
  std::string allowed;
  for (const auto& [known, choice] : choices) {
    if (name == known) {
      return choice;
    }
    allowed += (allowed.empty() ? "'" : ", '") + std::string(known) + "'";
  }
  throw std::invalid_argument(std::string(parameter) + " is '" + name + "'; must be one of " + allowed + ".");
}

}  // namespace tenfold::python
