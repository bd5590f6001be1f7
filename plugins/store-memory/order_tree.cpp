// SPDX-License-Identifier: Apache-2.0
#include "order_tree.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace gatehouse::store_memory {
namespace {

constexpr std::size_t capacity = TreeNode::capacity;
// Below this a node is merged with a neighbour or takes from it.
constexpr std::size_t low_water = capacity / 4;

void set(TreeNode& node, std::size_t at, const Entry& entry) noexcept {
  node.hints[at] = entry.hint;
  node.records[at] = entry.record;
}

void copy_entries(const TreeNode& from, std::size_t first, std::size_t count, TreeNode& to, std::size_t at) noexcept {
  std::copy_n(from.hints.begin() + static_cast<std::ptrdiff_t>(first), count,
              to.hints.begin() + static_cast<std::ptrdiff_t>(at));
  std::copy_n(from.records.begin() + static_cast<std::ptrdiff_t>(first), count,
              to.records.begin() + static_cast<std::ptrdiff_t>(at));
}

void copy_children(const TreeNode& from, std::size_t first, std::size_t count, TreeNode& to, std::size_t at) noexcept {
  if (from.leaf) return;
  std::copy_n(inner(from).children.begin() + static_cast<std::ptrdiff_t>(first), count,
              inner(to).children.begin() + static_cast<std::ptrdiff_t>(at));
}

// Make room at `at` and put the entry there; in an inner node `child` becomes the child behind it.
void insert_at(TreeNode& node, std::size_t at, const Entry& entry, TreeNode* child) noexcept {
  const auto shift = [](auto& array, std::size_t from, std::size_t end) {
    const auto begin = array.begin();
    std::copy_backward(begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(end),
                       begin + static_cast<std::ptrdiff_t>(end) + 1);
  };
  shift(node.hints, at, node.count);
  shift(node.records, at, node.count);
  set(node, at, entry);
  if (!node.leaf) {
    shift(inner(node).children, at + 1, node.count + 1u);
    inner(node).children[at + 1] = child;
  }
  ++node.count;
}

// Take the entry at `at` out; in an inner node the child behind it goes with it.
void erase_at(TreeNode& node, std::size_t at) noexcept {
  const auto close = [](auto& array, std::size_t from, std::size_t end) {
    const auto begin = array.begin();
    std::copy(begin + static_cast<std::ptrdiff_t>(from) + 1, begin + static_cast<std::ptrdiff_t>(end),
              begin + static_cast<std::ptrdiff_t>(from));
  };
  close(node.hints, at, node.count);
  close(node.records, at, node.count);
  if (!node.leaf) close(inner(node).children, at + 1, node.count + 1u);
  --node.count;
}

// A search reads a line of the node, waits, and knows which line to read next. Asking for all of them at once makes
// that one wait. The records' own pointers are rarely needed in an inner node.
void fetch(const TreeNode& node) noexcept {
  constexpr std::size_t line = 64;
  const auto lines = [](const void* from, std::size_t size) {
    const auto* bytes = static_cast<const char*>(from);
    for (std::size_t at = 0; at < size; at += line) __builtin_prefetch(bytes + at);
  };
  lines(&node, offsetof(TreeNode, records));
  if (node.leaf) {
    lines(node.records.data(), sizeof(node.records));
  } else {
    lines(inner(node).children.data(), sizeof(inner(node).children));
  }
}

// What insert() will have to compare with record by record, or the beginning of it.
void fetch_equals(const TreeNode& leaf, std::uint64_t hint) noexcept {
  constexpr std::size_t line = 64;
  constexpr std::size_t compared_bytes = 3 * line;  // the header, the key and what is indexed, mostly
  constexpr std::size_t most = 8;
  const auto begin = leaf.hints.begin();
  const auto end = begin + leaf.count;
  const auto first = static_cast<std::size_t>(std::lower_bound(begin, end, hint) - begin);
  for (std::size_t at = first; at < leaf.count && at < first + most && leaf.hints[at] == hint; ++at) {
    const auto* record = reinterpret_cast<const char*>(leaf.records[at]);
    for (std::size_t part = 0; part < compared_bytes; part += line) __builtin_prefetch(record + part);
  }
}

// The first entry of the node that does not stand before `what`.
template <class T>
std::size_t lower_bound(const Order& order, const TreeNode& node, const T& what) noexcept {
  fetch(node);
  std::size_t first = 0;
  std::size_t last = node.count;
  while (first < last) {
    const std::size_t middle = (first + last) / 2;
    const std::uint64_t hint = node.hints[middle];
    const bool before = hint < what.hint || (hint == what.hint && order.compare(node.entry(middle), what) < 0);
    if (before) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

}  // namespace

const TreeNode* OrderTree::down(const Order& order, const TreeNode& node, const Entry& entry) noexcept {
  if (node.leaf) {
    fetch_equals(node, entry.hint);
    return nullptr;
  }
  const TreeNode* child = inner(node).children[lower_bound(order, node, entry)];
  fetch(*child);
  return child;
}

void OrderTree::insert(const Order& order, const Entry& entry, NodePool& pool) noexcept {
  ++size_;
  if (root_ == nullptr) {
    root_ = pool.take_leaf();
    set(*root_, 0, entry);
    root_->count = 1;
    return;
  }
  const Split split = insert_below(order, *root_, entry, pool);
  if (split.right == nullptr) return;
  InnerNode* root = pool.take_inner();
  set(*root, 0, split.median);
  root->count = 1;
  root->children[0] = root_;
  root->children[1] = split.right;
  root_ = root;
  ++height_;
}

OrderTree::Split OrderTree::insert_below(const Order& order, TreeNode& node, const Entry& entry,
                                         NodePool& pool) noexcept {
  const std::size_t at = lower_bound(order, node, entry);
  Split below{entry, nullptr};
  if (!node.leaf) {
    below = insert_below(order, *inner(node).children[at], entry, pool);
    if (below.right == nullptr) return {};
  }
  if (node.count == capacity) return split(node, at, below.median, below.right, pool);
  insert_at(node, at, below.median, below.right);
  return {};
}

// Split a full node and put the entry into the half it belongs to. At either end only one entry goes over: ids and
// times mostly grow, and a split in the middle would leave every node behind them half empty.
OrderTree::Split OrderTree::split(TreeNode& node, std::size_t at, const Entry& entry, TreeNode* child,
                                  NodePool& pool) noexcept {
  const std::size_t left = at == capacity ? capacity - 1 : (at == 0 ? 1 : capacity / 2);
  TreeNode* right = node.leaf ? pool.take_leaf() : pool.take_inner();
  // Among the capacity + 1 entries with the new one, number `left` goes up. Move the old ones so that this comes true.
  const std::size_t kept = at < left ? left - 1 : left;
  if (at == left) {
    copy_entries(node, kept, capacity - kept, *right, 0);
    copy_children(node, kept + 1, capacity - kept, *right, 1);
    if (!node.leaf) inner(*right).children[0] = child;
    right->count = static_cast<std::uint16_t>(capacity - kept);
    node.count = static_cast<std::uint16_t>(kept);
    return {entry, right};
  }
  const Entry median = node.entry(kept);
  copy_entries(node, kept + 1, capacity - kept - 1, *right, 0);
  copy_children(node, kept + 1, capacity - kept, *right, 0);
  right->count = static_cast<std::uint16_t>(capacity - kept - 1);
  node.count = static_cast<std::uint16_t>(kept);
  if (at < left) {
    insert_at(node, at, entry, child);
  } else {
    insert_at(*right, at - kept - 1, entry, child);
  }
  return {median, right};
}

void OrderTree::erase(const Order& order, const Entry& entry, NodePool& pool) noexcept {
  assert(root_ != nullptr);
  --size_;
  erase_below(order, *root_, entry, pool);
  if (root_->count > 0) return;
  TreeNode* old = root_;
  root_ = old->leaf ? nullptr : inner(*old).children[0];
  if (!old->leaf) --height_;
  pool.give(old);
}

void OrderTree::erase_below(const Order& order, TreeNode& node, const Entry& entry, NodePool& pool) noexcept {
  const std::size_t at = lower_bound(order, node, entry);
  const bool here = at < node.count && node.records[at] == entry.record;
  if (node.leaf) {
    assert(here);
    if (here) erase_at(node, at);
    return;
  }
  TreeNode& child = *inner(node).children[at];
  if (here) {
    set(node, at, pop_last(child, pool));
  } else {
    erase_below(order, child, entry, pool);
  }
  refill(inner(node), at, pool);
}

Entry OrderTree::pop_last(TreeNode& node, NodePool& pool) noexcept {
  if (node.leaf) {
    --node.count;
    return node.entry(node.count);
  }
  const std::size_t last = node.count;
  const Entry entry = pop_last(*inner(node).children[last], pool);
  refill(inner(node), last, pool);
  return entry;
}

void OrderTree::refill(InnerNode& parent, std::size_t child, NodePool& pool) noexcept {
  if (parent.children[child]->count >= low_water) return;
  const std::size_t separator = child > 0 ? child - 1 : child;
  TreeNode& left = *parent.children[separator];
  TreeNode& right = *parent.children[separator + 1];
  if (left.count + right.count + 1u <= capacity) {
    set(left, left.count, parent.entry(separator));
    copy_entries(right, 0, right.count, left, left.count + 1u);
    copy_children(right, 0, right.count + 1u, left, left.count + 1u);
    left.count = static_cast<std::uint16_t>(left.count + right.count + 1u);
    erase_at(parent, separator);
    pool.give(&right);
    return;
  }
  const Entry between = parent.entry(separator);
  if (child > 0) {
    TreeNode* moved = left.leaf ? nullptr : inner(left).children[left.count];
    set(parent, separator, left.entry(left.count - 1u));
    --left.count;
    if (right.leaf) {
      insert_at(right, 0, between, nullptr);
    } else {
      TreeNode* first = inner(right).children[0];
      insert_at(right, 0, between, first);
      inner(right).children[0] = moved;
    }
    return;
  }
  TreeNode* moved = right.leaf ? nullptr : inner(right).children[0];
  set(parent, separator, right.entry(0));
  insert_at(left, left.count, between, moved);
  if (!right.leaf) inner(right).children[0] = inner(right).children[1];
  erase_at(right, 0);
}

void OrderTree::replace(const Order& order, const Entry& old, Record* fresh) noexcept {
  for (TreeNode* node = root_; node != nullptr;) {
    const std::size_t at = lower_bound(order, *node, old);
    if (at < node->count && node->records[at] == old.record) {
      node->records[at] = fresh;
      return;
    }
    node = node->leaf ? nullptr : inner(*node).children[at];
  }
  assert(false);
}

OrderTree::Position OrderTree::first_after(const Order& order, const Probe& probe) const noexcept {
  Position position;
  for (const TreeNode* node = root_; node != nullptr;) {
    const std::size_t at = lower_bound(order, *node, probe);
    position.push(node, at);
    node = node->leaf ? nullptr : inner(*node).children[at];
  }
  position.climb_forward();
  return position;
}

OrderTree::Position OrderTree::last_before(const Order& order, const Probe& probe) const noexcept {
  Position position;
  for (const TreeNode* node = root_; node != nullptr;) {
    const std::size_t at = lower_bound(order, *node, probe);
    position.push(node, at);
    node = node->leaf ? nullptr : inner(*node).children[at];
  }
  position.climb_backward();
  return position;
}

}  // namespace gatehouse::store_memory
