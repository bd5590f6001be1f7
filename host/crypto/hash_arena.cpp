// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash_pool.h"

#include <sys/mman.h>
#include <new>

namespace gatehouse::crypto {

HashArena::HashArena(std::size_t bytes) : data_(nullptr), size_(bytes) {
  void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::uint8_t*>(pages);
  madvise(pages, bytes, MADV_DONTDUMP);
}

HashArena::~HashArena() { munmap(data_, size_); }

}  // namespace gatehouse::crypto
