// SPDX-License-Identifier: Apache-2.0
#include "secret_text.h"

#include <sodium.h>

#include <algorithm>
#include <new>

namespace gatehouse::kms_vault {

SecretText::SecretText(std::string_view text) : size_(text.size()) {
  if (text.empty()) return;
  // sodium_malloc needs the page size that sodium_init finds; further calls return at once.
  if (sodium_init() < 0) throw std::bad_alloc();
  bytes_.reset(static_cast<char*>(sodium_malloc(text.size())));
  if (!bytes_) throw std::bad_alloc();
  std::copy(text.begin(), text.end(), bytes_.get());
}

void SecretText::Free::operator()(char* bytes) const noexcept { sodium_free(bytes); }

WipedText& WipedText::operator=(WipedText&& other) noexcept {
  wipe();
  text_ = std::move(other.text_);
  other.wipe();
  return *this;
}

void WipedText::append(std::string_view more) {
  if (text_.size() + more.size() > text_.capacity()) {
    std::string larger;
    larger.reserve(std::max<std::size_t>(2 * (text_.size() + more.size()), 4096));
    larger = text_;
    wipe();
    text_ = std::move(larger);
  }
  text_ += more;
}

void WipedText::wipe() noexcept { kms_vault::wipe(text_); }

void wipe(std::string& text) noexcept {
  // The capacity too: a short text may stand in a long one's place.
  sodium_memzero(text.data(), text.capacity());
  text.clear();
}

}  // namespace gatehouse::kms_vault
