// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::kms_vault {

// A text that must not be left behind: between guard pages, out of core dumps and, where the memory lock limit allows,
// out of swap; wiped when it goes. Not for a hot path.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string_view text);  // throws std::bad_alloc

  std::string_view view() const noexcept { return {bytes_.get(), size_}; }
  bool empty() const noexcept { return size_ == 0; }

 private:
  struct Free {
    void operator()(char* bytes) const noexcept;
  };
  std::unique_ptr<char[], Free> bytes_;
  std::size_t size_ = 0;
};

// An ordinary text that is wiped when it goes and when it moves to a larger place.
class WipedText {
 public:
  WipedText() = default;
  explicit WipedText(std::string text) noexcept : text_(std::move(text)) {}
  WipedText(WipedText&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  WipedText& operator=(WipedText&& other) noexcept;
  ~WipedText() { wipe(); }

  void append(std::string_view more);  // throws std::bad_alloc
  const std::string& text() const noexcept { return text_; }

 private:
  void wipe() noexcept;
  std::string text_;
};

void wipe(std::string& text) noexcept;

}  // namespace gatehouse::kms_vault
