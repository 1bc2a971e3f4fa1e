#include "python/learners/trees.hpp"

namespace tenfold::python {

Splitter splitter_named(const std::string& name) {
  return choice_named<Splitter>("splitter", name, {{"best", Splitter::kBest}, {"random", Splitter::kRandom}});
}

nb::dict to_python(GrownTree tree, std::size_t n_values) {
  const std::size_t n_nodes = tree.nodes.size();
  auto* const owned = new std::vector<TreeNode>(std::move(tree.nodes));
  const nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<TreeNode>*>(p); });
  const std::size_t n_bytes = n_nodes * sizeof(TreeNode);
  nb::dict result;
  result["nodes"] = nb::ndarray<nb::numpy, std::uint8_t>(reinterpret_cast<std::uint8_t*>(owned->data()), 1,
                                                         &n_bytes, owner);
  result["values"] = moved(std::move(tree.values), {n_nodes, 1, n_values});
  result["max_depth"] = tree.max_depth;
  return result;
}

nb::list to_python(std::vector<GrownTree> trees, std::size_t n_values) {
  nb::list result;
  for (GrownTree& tree : trees) {
    result.append(to_python(std::move(tree), n_values));
  }
  return result;
}

}  // namespace tenfold::python
