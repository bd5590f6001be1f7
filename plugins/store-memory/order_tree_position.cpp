// SPDX-License-Identifier: Apache-2.0
#include "order_tree.h"

namespace gatehouse::store_memory {

Entry OrderTree::Position::entry() const noexcept {
  const Step& step = steps_[depth_ - 1];
  return step.node->entry(step.at);
}

void OrderTree::Position::fetch_after(std::size_t distance) const noexcept {
  if (!at_end()) fetch(steps_[depth_ - 1].at + distance);
}

void OrderTree::Position::fetch_before(std::size_t distance) const noexcept {
  if (!at_end() && steps_[depth_ - 1].at >= distance) fetch(steps_[depth_ - 1].at - distance);
}

void OrderTree::Position::fetch(std::size_t at) const noexcept {
  constexpr std::size_t line = 64;
  constexpr std::size_t usual_lines = 4;
  const TreeNode& node = *steps_[depth_ - 1].node;
  if (!node.leaf || at >= node.count) return;
  const auto* record = reinterpret_cast<const char*>(node.records[at]);
  for (std::size_t part = 0; part < usual_lines * line; part += line) __builtin_prefetch(record + part);
}

// Leave nodes that have no entry at `at`; an inner node has one there that is next in order.
void OrderTree::Position::climb_forward() noexcept {
  while (depth_ > 0 && steps_[depth_ - 1].at == steps_[depth_ - 1].node->count) --depth_;
}

void OrderTree::Position::climb_backward() noexcept {
  while (depth_ > 0 && steps_[depth_ - 1].at == 0) --depth_;
  if (depth_ > 0) --steps_[depth_ - 1].at;
}

void OrderTree::Position::next() noexcept {
  Step& top = steps_[depth_ - 1];
  ++top.at;
  const TreeNode* node = top.node;
  std::size_t at = top.at;
  while (!node->leaf) {
    node = inner(*node).children[at];
    at = 0;
    push(node, 0);
  }
  climb_forward();
}

void OrderTree::Position::previous() noexcept {
  const Step& top = steps_[depth_ - 1];
  const TreeNode* node = top.node;
  std::size_t at = top.at;
  while (!node->leaf) {
    node = inner(*node).children[at];
    at = node->count;
    push(node, at);
  }
  climb_backward();
}

}  // namespace gatehouse::store_memory
