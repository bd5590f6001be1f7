// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace gatehouse::store_memory {

// Memory that lives as long as one call: the images of a commit, the copies a find will deliver. What is handed out
// stays where it is.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // All of these throw std::bad_alloc.
  // A record with room for `size` bytes.
  Record& take(std::size_t size) { return *new (take_words(words_for(size))) Record; }
  // The record that take() gave last uses only record.size bytes of its room: the rest is free again.
  void settle(Record& record) noexcept {
    std::uint64_t* end = reinterpret_cast<std::uint64_t*>(&record) + words_for(record.size);
    left_ += static_cast<std::size_t>(at_ - end);
    at_ = end;
  }
  const Record& copy(const Record& record) {
    Record& made = take(record.size);
    made.assign(record);
    return made;
  }
  // Uninitialised room for `count` things that need no destructor.
  template <class T>
  T* array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= alignof(std::uint64_t));
    return static_cast<T*>(take_words((count * sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t)));
  }

 private:
  static constexpr std::size_t inline_words = 192;
  static constexpr std::size_t chunk_words = 4096;

  static std::size_t words_for(std::size_t size) noexcept {
    return (sizeof(Record) + size + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  }
  void* take_words(std::size_t words) {
    if (words > left_) grow(words);
    std::uint64_t* taken = at_;
    at_ += words;
    left_ -= words;
    return taken;
  }
  void grow(std::size_t words) {
    const std::size_t room = words > chunk_words ? words : chunk_words;
    std::unique_ptr<std::uint64_t[]> chunk(new std::uint64_t[room]);
    chunks_.push_back(std::move(chunk));
    at_ = chunks_.back().get();
    left_ = room;
  }

  std::uint64_t inline_[inline_words];
  std::vector<std::unique_ptr<std::uint64_t[]>> chunks_;
  std::uint64_t* at_ = inline_;
  std::size_t left_ = inline_words;
};

}  // namespace gatehouse::store_memory
