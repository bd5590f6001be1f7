// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

// Between the C structs and C++ without a copy. Everything a view points at is borrowed: it is valid until the function
// it was passed to returns.
namespace gatehouse::sdk {

inline std::string_view view(const gh_slice& slice) noexcept {
  return {reinterpret_cast<const char*>(slice.data), static_cast<std::size_t>(slice.size)};
}

inline gh_slice slice(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline gh_value null_value() noexcept { return {GH_NULL, 0, 0, {nullptr, 0}}; }
inline gh_value bool_value(bool value) noexcept { return {GH_BOOL, 0, value ? 1 : 0, {nullptr, 0}}; }
inline gh_value int_value(std::int64_t value) noexcept { return {GH_INT, 0, value, {nullptr, 0}}; }
inline gh_value time_value(std::int64_t micros) noexcept { return {GH_TIME, 0, micros, {nullptr, 0}}; }
inline gh_value text_value(std::string_view value) noexcept { return {GH_TEXT, 0, 0, slice(value)}; }
inline gh_value bytes_value(std::string_view value) noexcept { return {GH_BYTES, 0, 0, slice(value)}; }

// An array of ABI structs whose maker may know a longer struct than we do: walked by the maker's stride.
template <class T>
class Strided {
 public:
  Strided(const T* first, std::uint64_t count, std::uint64_t stride) noexcept
      : first_(reinterpret_cast<const std::uint8_t*>(first)),
        count_(static_cast<std::size_t>(count)),
        stride_(static_cast<std::size_t>(stride)) {}

  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  const T& operator[](std::size_t at) const noexcept { return *reinterpret_cast<const T*>(first_ + at * stride_); }

  class Iterator {
   public:
    Iterator(const Strided& range, std::size_t at) noexcept : range_(range), at_(at) {}
    const T& operator*() const noexcept { return range_[at_]; }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const noexcept { return at_ != other.at_; }

   private:
    const Strided& range_;
    std::size_t at_;
  };
  Iterator begin() const noexcept { return {*this, 0}; }
  Iterator end() const noexcept { return {*this, count_}; }

 private:
  const std::uint8_t* first_;
  std::size_t count_;
  std::size_t stride_;
};

// Receives bytes during a call: put once.
class BytesSink {
 public:
  explicit BytesSink(const gh_bytes_sink& sink) noexcept : sink_(sink) {}
  void put(std::string_view bytes) const noexcept {
    if (sink_.put != nullptr) sink_.put(sink_.context, slice(bytes));
  }

 private:
  const gh_bytes_sink& sink_;
};

}  // namespace gatehouse::sdk
