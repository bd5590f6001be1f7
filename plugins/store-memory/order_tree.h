// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "order.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gatehouse::store_memory {

// A node of an OrderTree. Inner nodes hold entries too, one between each pair of children.
struct TreeNode {
  static constexpr std::size_t capacity = 32;

  std::uint16_t count = 0;
  bool leaf = true;
  TreeNode* next_free = nullptr;  // in the pool
  std::array<std::uint64_t, capacity> hints;
  std::array<Record*, capacity> records;

  Entry entry(std::size_t at) const noexcept { return {hints[at], records[at]}; }
};
struct InnerNode : TreeNode {
  InnerNode() noexcept { leaf = false; }
  std::array<TreeNode*, capacity + 1> children;
};

// Nodes kept ready, so that a tree can grow where nothing may fail. They are cut from slabs: inner nodes are visited by
// every operation, and close together they share pages. What is given back is kept for the next. Not for several
// threads at once.
class NodePool {
 public:
  NodePool() = default;
  NodePool(const NodePool&) = delete;
  NodePool& operator=(const NodePool&) = delete;

  // Have at least so many at hand. Throws std::bad_alloc.
  void reserve(std::size_t leaves, std::size_t inner);
  TreeNode* take_leaf() noexcept { return leaves_.take(); }
  InnerNode* take_inner() noexcept { return inner_.take(); }
  void give(TreeNode* node) noexcept;

 private:
  template <class Node>
  class Slabs {
   public:
    void reserve(std::size_t count);
    Node* take() noexcept;
    void give(Node* node) noexcept;

   private:
    std::vector<std::unique_ptr<Node[]>> slabs_;
    Node* free_ = nullptr;
    std::size_t free_count_ = 0;
  };
  Slabs<TreeNode> leaves_;
  Slabs<InnerNode> inner_;
};

// The entries of one index in one shard, in order: a B-tree. The Order and the pool come with each call, because a
// store has thousands of trees and they know neither; the nodes belong to the pool. Not for several threads at once.
class OrderTree {
 public:
  // A place of an entry; valid until the tree changes.
  class Position {
   public:
    bool at_end() const noexcept { return depth_ == 0; }
    Entry entry() const noexcept;
    Record& record() const noexcept { return *entry().record; }
    void next() noexcept;
    void previous() noexcept;

   private:
    friend class OrderTree;
    static constexpr std::size_t max_depth = 12;  // of 32-way nodes: more entries than memory can hold
    struct Step {
      const TreeNode* node;
      std::size_t at;
    };
    void push(const TreeNode* node, std::size_t at) noexcept { steps_[depth_++] = {node, at}; }
    void climb_forward() noexcept;
    void climb_backward() noexcept;

    std::array<Step, max_depth> steps_;
    std::size_t depth_ = 0;
  };

  std::size_t size() const noexcept { return size_; }
  // Inner nodes an insert may take from the pool, beside one leaf, when few inserts have come since this was asked: a
  // split on every level, a new root, and one more for the root before it.
  std::size_t inner_per_insert() const noexcept { return height_ + 2; }

  // A walk from the top to the leaf where an entry belongs, a level at a time: each step asks memory for the next node
  // and does not wait for it, so that the waits of several trees pass together. `down` from a leaf is null.
  const TreeNode* top() const noexcept { return root_; }
  static const TreeNode* down(const Order& order, const TreeNode& node, const Entry& entry) noexcept;
  // Takes nodes from the pool; reserve() them before. The entry must not be there yet.
  void insert(const Order& order, const Entry& entry, NodePool& pool) noexcept;
  // The entry must be there.
  void erase(const Order& order, const Entry& entry, NodePool& pool) noexcept;
  // Point the entry of `old` at `fresh`, which has the same place in the order.
  void replace(const Order& order, const Entry& old, Record* fresh) noexcept;

  Position first_after(const Order& order, const Probe& probe) const noexcept;
  Position last_before(const Order& order, const Probe& probe) const noexcept;

 private:
  struct Split {
    Entry median;
    TreeNode* right = nullptr;  // null: nothing was split
  };

  Split insert_below(const Order& order, TreeNode& node, const Entry& entry, NodePool& pool) noexcept;
  Split split(TreeNode& node, std::size_t at, const Entry& entry, TreeNode* child, NodePool& pool) noexcept;
  void erase_below(const Order& order, TreeNode& node, const Entry& entry, NodePool& pool) noexcept;
  Entry pop_last(TreeNode& node, NodePool& pool) noexcept;
  void refill(InnerNode& parent, std::size_t child, NodePool& pool) noexcept;

  TreeNode* root_ = nullptr;
  std::size_t size_ = 0;
  std::size_t height_ = 0;
};

}  // namespace gatehouse::store_memory
