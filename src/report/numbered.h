// Numbers things in the order in which they come, each once.
#pragma once

#include <map>
#include <vector>

namespace loopstall {

template <class Key>
class Numbered {
 public:
  explicit Numbered(std::size_t first = 0) : first_(first) {}

  std::size_t number_of(const Key& key) {
    const auto [at, is_new] = numbers_.try_emplace(key, first_ + order_.size());
    if (is_new) order_.push_back(&at->first);
    return at->second;
  }
  const std::vector<const Key*>& in_order() const { return order_; }

 private:
  std::size_t first_;
  std::map<Key, std::size_t> numbers_;
  std::vector<const Key*> order_;
};

}  // namespace loopstall
