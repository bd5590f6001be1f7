// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "order.h"
#include "tree_node.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse::store_memory {

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
    // Let memory begin to bring the record so many entries on, or back, if it is near.
    void fetch_after(std::size_t distance) const noexcept;
    void fetch_before(std::size_t distance) const noexcept;

   private:
    friend class OrderTree;
    static constexpr std::size_t max_depth = 12;  // of 32-way nodes: more entries than memory can hold
    struct Step {
      const TreeNode* node;
      std::size_t at;
    };
    void push(const TreeNode* node, std::size_t at) noexcept { steps_[depth_++] = {node, at}; }
    void fetch(std::size_t at) const noexcept;
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
