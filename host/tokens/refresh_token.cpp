// SPDX-License-Identifier: Apache-2.0
#include "tokens/refresh_token.h"

#include "base/encoding.h"
#include "tokens/refresh_header.h"

#include <optional>
#include <utility>

namespace gatehouse::tokens {
namespace {

constexpr std::string_view prefix = "ghr_";
constexpr std::size_t pre_size = 8;
constexpr std::size_t tag_size = 24;
// Refused before anything is decoded. The longest token has 132 characters.
constexpr std::size_t max_text = 4096;

Error invalid(std::string_view why) { return {Code::TokenInvalid, std::string(why), {}, {}}; }
Error internal(std::string_view why) { return {Code::Internal, std::string(why), {}, {}}; }

// The header ends itself and what follows has one size for each label: no two inputs of the MAC are one message.
std::string message(std::string_view label, std::string_view header, std::string_view rest) {
  std::string text;
  text.reserve(label.size() + header.size() + rest.size());
  return text.append(label).append(header).append(rest);
}

}  // namespace

struct RefreshTokens::Tagged {
  std::string header;
  std::string tag;
  std::uint32_t key_version = 0;
};

Result<RefreshTokens::Tagged> RefreshTokens::make_tag(RefreshTokenId id, std::string_view salt, const Call& call) {
  // The header names the version that makes the MAC over it, so the current one is guessed, and guessed right unless
  // the key was rotated since.
  const bool want_current = id.key_version == 0;
  if (want_current) id.key_version = current_.load(std::memory_order_relaxed);
  auto header = write_refresh_header(id);
  if (!header) return internal("ids that no refresh token can hold");
  auto mac = keys_.mac(refresh_purpose, want_current ? 0 : id.key_version, message("tag", *header, salt), call);

  if (mac && mac->version != id.key_version) {
    id.key_version = mac->version;
    current_.store(id.key_version, std::memory_order_relaxed);
    header = write_refresh_header(id);
    mac = keys_.mac(refresh_purpose, id.key_version, message("tag", *header, salt), call);
  }
  if (!mac) return mac.error().code == Code::NotFound ? internal("no key for refresh tokens") : mac.error();
  return Tagged{std::move(*header), std::string(mac->view().substr(0, tag_size)), id.key_version};
}

Result<Secret<std::string>> RefreshTokens::derive(const RefreshTokenId& id, std::string_view salt, const Call& call) {
  if (salt.size() != refresh_salt_size) return internal("a session's salt has another size");
  const auto tagged = make_tag(id, salt, call);
  if (!tagged) return tagged.error();
  const auto pre = keys_.mac(refresh_purpose, tagged->key_version, message("pre", tagged->header, tagged->tag), call);
  if (!pre) return pre.error().code == Code::NotFound ? internal("no key for refresh tokens") : pre.error();

  std::string bytes;
  bytes.reserve(max_refresh_header + pre_size + tag_size);
  bytes.append(tagged->header).append(pre->view().substr(0, pre_size)).append(tagged->tag);
  auto text = base64url_encode(bytes);
  wipe(bytes.data(), bytes.size());
  text.insert(0, prefix);
  return Secret<std::string>(std::move(text));
}

Result<PresentedRefreshToken> RefreshTokens::parse(const Secret<std::string>& text, const Call& call) {
  const std::string_view presented = text.reveal();
  if (presented.size() > max_text || !presented.starts_with(prefix)) return invalid("not a refresh token");
  auto decoded = base64url_decode(presented.substr(prefix.size()));
  if (!decoded) return invalid("refresh token is not base64url");
  const Secret<std::string> bytes(std::move(*decoded));
  const std::string_view all = bytes.reveal();

  auto header = read_refresh_header(all);
  if (!header || all.size() != header->size + pre_size + tag_size) return invalid("refresh token of another form");
  const auto head = all.substr(0, header->size);
  const auto pre = all.substr(header->size, pre_size);
  const auto tag = all.substr(header->size + pre_size);

  const auto mac = keys_.mac(refresh_purpose, header->id.key_version, message("pre", head, tag), call);
  if (!mac) return mac.error().code == Code::NotFound ? invalid("refresh token of a key that is gone") : mac.error();
  if (!constant_time_equal(mac->view().substr(0, pre_size), pre)) return invalid("refresh token not made here");
  return PresentedRefreshToken{std::move(header->id), std::string(head), std::string(tag)};
}

Result<bool> RefreshTokens::authentic(const PresentedRefreshToken& token, std::string_view salt, const Call& call) {
  if (salt.size() != refresh_salt_size) return internal("a session's salt has another size");
  const auto mac = keys_.mac(refresh_purpose, token.id.key_version, message("tag", token.header, salt), call);
  if (!mac) {
    if (mac.error().code == Code::NotFound) return false;
    return mac.error();
  }
  return constant_time_equal(mac->view().substr(0, tag_size), token.tag);
}

}  // namespace gatehouse::tokens
