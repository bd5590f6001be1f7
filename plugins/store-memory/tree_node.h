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
  static constexpr std::size_t capacity = 64;

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

inline InnerNode& inner(TreeNode& node) noexcept { return static_cast<InnerNode&>(node); }
inline const InnerNode& inner(const TreeNode& node) noexcept { return static_cast<const InnerNode&>(node); }

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
  TreeNode* take_leaf() noexcept;
  InnerNode* take_inner() noexcept;
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

}  // namespace gatehouse::store_memory
