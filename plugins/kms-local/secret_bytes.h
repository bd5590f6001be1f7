// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace gatehouse::kms_local {

// Bytes that must not be left behind: between guard pages, kept out of core dumps and (where the memory lock limit
// allows) out of swap, wiped when they go. Costs some pages and system calls each, so not for a hot path.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);  // throws std::bad_alloc
  static SecretBytes copy_of(std::span<const std::uint8_t> bytes);

  std::uint8_t* data() noexcept { return bytes_.get(); }
  const std::uint8_t* data() const noexcept { return bytes_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::span<const std::uint8_t> span() const noexcept { return {bytes_.get(), size_}; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(bytes_.get()), size_}; }

  // Forgets what lies behind `size`, which must not be larger than size(). The memory stays until the end.
  void shrink(std::size_t size) noexcept { size_ = size; }

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const noexcept;
  };
  std::unique_ptr<std::uint8_t[], Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace gatehouse::kms_local
