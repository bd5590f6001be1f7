// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse {

// Overwrites memory in a way the compiler may not remove.
void wipe(void* data, std::size_t size) noexcept;

// True when both are equal; the time taken depends on the sizes only.
bool constant_time_equal(std::string_view a, std::string_view b) noexcept;

// A password, token or key on its way through the process. Wipes its memory when it ends, is not printable, not
// comparable and not copyable by accident; `reveal()` is the one word to search for when auditing where secrets go.
template <class T = std::string>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.clear(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      clear();
      value_ = std::move(other.value_);
      other.clear();
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { clear(); }

  Secret clone() const { return Secret(value_); }
  const T& reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }

  bool operator==(const Secret&) const = delete;

 private:
  void clear() noexcept {
    // capacity(), not size(): a string that was shortened or moved from keeps its old bytes behind the end (and in the
    // small-string buffer).
    if constexpr (requires { value_.capacity(); }) {
      value_.resize(value_.capacity());
    }
    wipe(value_.data(), value_.size() * sizeof(*value_.data()));
    value_.clear();
  }

  T value_;
};

}  // namespace gatehouse
