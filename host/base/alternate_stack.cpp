// SPDX-License-Identifier: Apache-2.0
#include "base/alternate_stack.h"

#include <csignal>

#include <sys/mman.h>

namespace gatehouse {
namespace {

// Walking a stack takes some 10 KiB, more with a wide vector unit to be saved.
constexpr std::size_t size = 128 * 1024;

}  // namespace

AlternateStack::AlternateStack() noexcept
    : memory_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
  if (memory_ == MAP_FAILED) return;
  stack_t stack{};
  stack.ss_sp = memory_;
  stack.ss_size = size;
  ::sigaltstack(&stack, nullptr);
}

AlternateStack::~AlternateStack() {
  if (memory_ == MAP_FAILED) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(memory_, size);
}

}  // namespace gatehouse
