// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace gatehouse::store_memory {

// The latest times of a bucket in rising order, at most as many as its limit: what an exact sliding window must know
// and no more. Grows as it fills, so a bucket with a limit of a million that saw three events holds four. Not for
// several threads at once.
class StampRing {
 public:
  std::size_t size() const noexcept { return size_; }
  // `at` 0: the oldest.
  std::int64_t operator[](std::size_t at) const noexcept { return stamps_[(first_ + at) & (capacity_ - 1)]; }
  std::int64_t newest() const noexcept { return (*this)[size_ - 1]; }
  std::size_t bytes() const noexcept { return capacity_ * sizeof(std::int64_t); }

  // What the next insert will add to bytes().
  std::size_t growth() const noexcept {
    return size_ == capacity_ ? next_capacity() * sizeof(std::int64_t) - bytes() : 0;
  }

  // Put a time where it belongs, usually last. Throws std::bad_alloc, and then nothing happened.
  void insert(std::int64_t stamp);
  // Keep the latest `most`.
  void keep(std::size_t most) noexcept;
  // Turn every later time into `stamp`.
  void clamp(std::int64_t stamp) noexcept;
  // How many are later than `stamp`.
  std::size_t later_than(std::int64_t stamp) const noexcept;

 private:
  std::int64_t& slot(std::size_t at) noexcept { return stamps_[(first_ + at) & (capacity_ - 1)]; }
  std::size_t next_capacity() const noexcept { return capacity_ == 0 ? 4 : capacity_ * 2; }
  void grow();

  std::unique_ptr<std::int64_t[]> stamps_;
  std::size_t capacity_ = 0;  // a power of two, or 0
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace gatehouse::store_memory
