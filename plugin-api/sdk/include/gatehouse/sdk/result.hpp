// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <type_traits>
#include <utility>
#include <variant>

namespace gatehouse::sdk {

// A value, or the reason why there is none. Reading the side that is not there ends the process: it is a defect of the
// caller, not something that happens in production. Not for use across the ABI.
template <class T, class E>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Expected(E error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return *checked<0>(); }
  const T& value() const& { return *checked<0>(); }
  T&& value() && { return std::move(*checked<0>()); }
  E& error() & { return *checked<1>(); }
  const E& error() const& { return *checked<1>(); }
  E&& error() && { return std::move(*checked<1>()); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  template <std::size_t I>
  auto* checked() {
    auto* side = std::get_if<I>(&state_);
    if (side == nullptr) std::abort();
    return side;
  }
  template <std::size_t I>
  const auto* checked() const {
    const auto* side = std::get_if<I>(&state_);
    if (side == nullptr) std::abort();
    return side;
  }

  std::variant<T, E> state_;
};

// Success without a value.
template <class E>
class [[nodiscard]] Expected<void, E> {
 public:
  Expected() = default;
  Expected(E error) : failed_(true), error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return has_value(); }
  const E& error() const& {
    if (!failed_) std::abort();
    return error_;
  }
  E&& error() && {
    if (!failed_) std::abort();
    return std::move(error_);
  }

 private:
  bool failed_ = false;
  E error_{};
};

}  // namespace gatehouse::sdk
