// SPDX-License-Identifier: Apache-2.0
#include "tokens/refresh_header.h"

#include "tokens/uuid_bytes.h"

#include <cstdint>
#include <limits>
#include <utility>

namespace gatehouse::tokens {
namespace {

constexpr char format = 1;
constexpr std::size_t id_size = 16;

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

std::optional<std::string> tenant_to_bytes(std::string_view tenant) {
  if (auto uuid = uuid_to_bytes(tenant)) {
    // A first byte of zero announces a name.
    if (uuid->front() == '\0') return std::nullopt;
    return uuid;
  }
  if (tenant.empty() || tenant.size() >= id_size || tenant.find('\0') != std::string_view::npos) return std::nullopt;
  auto bytes = std::string(1, '\0').append(tenant);
  bytes.resize(id_size, '\0');
  return bytes;
}

std::optional<std::string> tenant_to_text(std::string_view bytes) {
  if (bytes.front() != '\0') return uuid_to_text(bytes);
  const auto padded = bytes.substr(1);
  const auto name = padded.substr(0, padded.find('\0'));
  if (name.empty() || padded.find_first_not_of('\0', name.size()) != std::string_view::npos) return std::nullopt;
  return std::string(name);
}

// Takes from the front of the bytes; once something was missing or wrong it stays failed.
class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : all_(bytes), rest_(bytes) {}

  std::string_view take(std::size_t size) noexcept {
    if (rest_.size() < size) ok_ = false;
    if (!ok_) return {};
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  // LEB128 in its shortest form, so that a number has one text.
  std::uint64_t varint(std::uint64_t largest) noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto taken = take(1);
      if (!ok_) return 0;
      const auto byte = static_cast<std::uint64_t>(static_cast<unsigned char>(taken.front()));
      const auto bits = byte & 0x7F;
      if (shift == 63 && bits > 1) break;
      value |= bits << shift;
      if (byte < 0x80) {
        ok_ = value <= largest && (shift == 0 || bits != 0);
        return value;
      }
    }
    ok_ = false;
    return 0;
  }

  void require(bool condition) noexcept { ok_ = ok_ && condition; }
  bool ok() const noexcept { return ok_; }
  std::size_t consumed() const noexcept { return all_.size() - rest_.size(); }

 private:
  std::string_view all_;
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::optional<std::string> write_refresh_header(const RefreshTokenId& id) {
  const auto tenant = tenant_to_bytes(id.tenant);
  const auto user = uuid_to_bytes(id.user);
  const auto session = uuid_to_bytes(id.session);
  if (!tenant || !user || !session || id.key_version == 0) return std::nullopt;
  std::string header;
  header.reserve(max_refresh_header);
  header.push_back(format);
  append_varint(header, id.key_version);
  header.append(*tenant).append(*user).append(*session);
  append_varint(header, id.generation);
  return header;
}

std::optional<RefreshHeader> read_refresh_header(std::string_view bytes) {
  Reader reader(bytes);
  RefreshHeader header;
  const auto first = reader.take(1);
  reader.require(!first.empty() && first.front() == format);
  header.id.key_version = static_cast<std::uint32_t>(reader.varint(std::numeric_limits<std::uint32_t>::max()));
  reader.require(header.id.key_version != 0);
  const auto tenant = reader.take(id_size);
  const auto user = reader.take(id_size);
  const auto session = reader.take(id_size);
  header.id.generation = reader.varint(std::numeric_limits<std::uint64_t>::max());
  if (!reader.ok()) return std::nullopt;
  auto name = tenant_to_text(tenant);
  if (!name) return std::nullopt;
  header.id.tenant = std::move(*name);
  header.id.user = uuid_to_text(user);
  header.id.session = uuid_to_text(session);
  header.size = reader.consumed();
  return header;
}

}  // namespace gatehouse::tokens
