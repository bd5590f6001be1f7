// SPDX-License-Identifier: Apache-2.0
#include "stamp_ring.h"

#include <utility>

namespace gatehouse::store_memory {

void StampRing::grow() {
  const std::size_t capacity = next_capacity();
  std::unique_ptr<std::int64_t[]> stamps(new std::int64_t[capacity]);
  for (std::size_t at = 0; at < size_; ++at) stamps[at] = (*this)[at];
  stamps_ = std::move(stamps);
  capacity_ = capacity;
  first_ = 0;
}

void StampRing::insert(std::int64_t stamp) {
  if (size_ == capacity_) grow();
  std::size_t at = size_++;
  for (; at > 0 && slot(at - 1) > stamp; --at) slot(at) = slot(at - 1);
  slot(at) = stamp;
}

void StampRing::keep(std::size_t most) noexcept {
  if (size_ <= most) return;
  first_ = (first_ + (size_ - most)) & (capacity_ - 1);
  size_ = most;
}

void StampRing::clamp(std::int64_t stamp) noexcept {
  for (std::size_t at = size_; at > 0 && slot(at - 1) > stamp; --at) slot(at - 1) = stamp;
}

std::size_t StampRing::later_than(std::int64_t stamp) const noexcept {
  std::size_t first = 0;
  std::size_t last = size_;
  while (first < last) {
    const std::size_t middle = (first + last) / 2;
    if ((*this)[middle] > stamp) {
      last = middle;
    } else {
      first = middle + 1;
    }
  }
  return size_ - first;
}

}  // namespace gatehouse::store_memory
