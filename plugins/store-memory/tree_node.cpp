// SPDX-License-Identifier: Apache-2.0
#include "tree_node.h"

#include <cassert>
#include <utility>

namespace gatehouse::store_memory {
namespace {

// Nodes made at a time.
constexpr std::size_t slab_nodes = 8;

}  // namespace

template <class Node>
void NodePool::Slabs<Node>::reserve(std::size_t count) {
  while (free_count_ < count) {
    std::unique_ptr<Node[]> slab(new Node[slab_nodes]);
    slabs_.push_back(std::move(slab));
    for (std::size_t at = 0; at < slab_nodes; ++at) give(&slabs_.back()[at]);
  }
}

template <class Node>
Node* NodePool::Slabs<Node>::take() noexcept {
  assert(free_ != nullptr);
  Node* node = free_;
  free_ = static_cast<Node*>(node->next_free);
  --free_count_;
  node->count = 0;
  return node;
}

template <class Node>
void NodePool::Slabs<Node>::give(Node* node) noexcept {
  node->next_free = free_;
  free_ = node;
  ++free_count_;
}

void NodePool::reserve(std::size_t leaves, std::size_t inner) {
  leaves_.reserve(leaves);
  inner_.reserve(inner);
}

TreeNode* NodePool::take_leaf() noexcept { return leaves_.take(); }

InnerNode* NodePool::take_inner() noexcept { return inner_.take(); }

void NodePool::give(TreeNode* node) noexcept {
  if (node->leaf) {
    leaves_.give(node);
  } else {
    inner_.give(static_cast<InnerNode*>(node));
  }
}

}  // namespace gatehouse::store_memory
