// SPDX-License-Identifier: Apache-2.0
#include "kms/keyring.h"

#include "kms/signature_check.h"

#include <array>

namespace gatehouse::check::kms {
namespace {

struct KeysReceived {
  Context& context;
  std::vector<Key>& keys;

  static void put(void* sink_context, const gh_key_info* info) {
    auto& self = Calling::receiver_of<KeysReceived>(sink_context);
    self.context.expect(info != nullptr && GH_HAS(gh_key_info, info, public_key),
                        "keys delivered a gh_key_info whose struct_size does not cover public_key");
    check_slice(self.context, info->public_key, "a public key", false);
    self.keys.push_back(
        {info->version, info->algorithm, info->state, info->created_us, std::string(view(info->public_key))});
  }
};

constexpr std::uint32_t untouched = 0xAAAAAAAA;

}  // namespace

std::string algorithm_name(std::uint32_t algorithm) {
  switch (algorithm) {
    case GH_ALG_HMAC_SHA256: return "HMAC-SHA256";
    case GH_ALG_ES256: return "ES256";
    case GH_ALG_EDDSA: return "EdDSA";
    case GH_ALG_RS256: return "RS256";
    default: return "algorithm " + std::to_string(algorithm);
  }
}

void Keyring::expect_words(gh_status status, const Calling& calling, std::string_view operation) {
  context_.expect(status == GH_OK || status == GH_NOT_FOUND || !calling.words().empty(),
                  std::string(operation) + " answered " + status_name(status) + " and did not explain why");
}

gh_status Keyring::ensure(std::string_view purpose, std::uint32_t algorithm) {
  Calling calling(context_, "kms.ensure", {.timeout = std::chrono::minutes(1)});
  const auto status = calling.done(table_.ensure(instance_.self(), calling.call(), slice(purpose), algorithm));
  expect_words(status, calling, "ensure");
  return status;
}

void Keyring::need(std::string_view purpose, std::uint32_t algorithm) {
  const auto status = ensure(purpose, algorithm);
  if (status == GH_UNSUPPORTED || status == GH_NOT_FOUND) {
    context_.skip("it makes no " + algorithm_name(algorithm) + " key here (" + status_name(status) +
                  "); give it settings with which it does");
  }
  context_.expect(status == GH_OK,
                  "ensure of an " + algorithm_name(algorithm) + " key answered " + status_name(status));
}

gh_status Keyring::keys(std::string_view purpose, std::vector<Key>& keys) {
  KeysReceived received{context_, keys};
  Calling calling(context_, "kms.keys", {}, &received);
  const gh_key_sink sink{calling.sink_context(), KeysReceived::put};
  const auto status = calling.done(table_.keys(instance_.self(), calling.call(), slice(purpose), &sink));
  expect_words(status, calling, "keys");
  context_.expect(status == GH_OK || keys.empty(), "keys delivered keys and answered " + status_name(status));
  context_.expect(status != GH_OK || !keys.empty(), "keys answered GH_OK and delivered none; none is GH_NOT_FOUND");
  return status;
}

std::vector<Key> Keyring::keys_of(std::string_view purpose) {
  std::vector<Key> all;
  const auto status = keys(purpose, all);
  context_.expect(status == GH_OK, "keys of a purpose that has some answered " + status_name(status));
  return all;
}

Key Keyring::current(std::string_view purpose) {
  for (const auto& key : keys_of(purpose)) {
    if (key.state == GH_KEY_CURRENT) return key;
  }
  context_.fail("a purpose with keys has none that is current");
}

Key Keyring::version(std::string_view purpose, std::uint32_t version) {
  for (const auto& key : keys_of(purpose)) {
    if (key.version == version) return key;
  }
  context_.fail("it used version " + std::to_string(version) + ", which keys does not list");
}

Made Keyring::mac(std::string_view purpose, std::uint32_t version, std::string_view message,
                  std::chrono::nanoseconds timeout) {
  // One byte more on each side: a plugin that writes beyond its 32 is seen.
  std::array<std::uint8_t, 34> out;
  out.fill(0xAA);
  std::uint32_t used = untouched;
  Calling calling(context_, "kms.mac", {.timeout = timeout});
  const auto status = calling.done(
      table_.mac(instance_.self(), calling.call(), slice(purpose), version, slice(message), out.data() + 1, &used));
  expect_words(status, calling, "mac");
  context_.expect(out.front() == 0xAA && out.back() == 0xAA, "mac wrote outside of its 32 bytes");
  if (status != GH_OK) return {status, {}, 0};
  context_.expect(used != untouched && used != 0 && (version == 0 || used == version),
                  "mac with version " + std::to_string(version) + " said it used version " + std::to_string(used));
  return {status, std::string(reinterpret_cast<const char*>(out.data()) + 1, 32), used};
}

Made Keyring::sign(std::string_view purpose, std::uint32_t version, std::string_view message,
                   std::chrono::nanoseconds timeout) {
  BytesReceived received;
  std::uint32_t used = untouched;
  Calling calling(context_, "kms.sign", {.timeout = timeout}, &received);
  const auto sink = received.sink(calling);
  const auto status = calling.done(
      table_.sign(instance_.self(), calling.call(), slice(purpose), version, slice(message), &sink, &used));
  expect_words(status, calling, "sign");
  if (status != GH_OK) return {status, received.bytes(), 0};
  context_.expect(used != untouched && used != 0 && (version == 0 || used == version),
                  "sign with version " + std::to_string(version) + " said it used version " + std::to_string(used));
  return {status, received.bytes(), used};
}

std::string Keyring::must_mac(std::string_view purpose, std::uint32_t version, std::string_view message) {
  auto made = mac(purpose, version, message);
  context_.expect(made.status == GH_OK, "mac answered " + status_name(made.status));
  return std::move(made.bytes);
}

Made Keyring::must_sign(std::string_view purpose, std::uint32_t version, std::string_view message) {
  auto made = sign(purpose, version, message);
  context_.expect(made.status == GH_OK, "sign answered " + status_name(made.status));
  return made;
}

gh_status Keyring::try_rotate(std::string_view purpose, std::uint32_t& version) {
  Calling calling(context_, "kms.rotate", {.timeout = std::chrono::minutes(1)});
  const auto status = calling.done(table_.rotate(instance_.self(), calling.call(), slice(purpose), &version));
  expect_words(status, calling, "rotate");
  return status;
}

std::uint32_t Keyring::rotate(std::string_view purpose) {
  std::uint32_t version = untouched;
  const auto status = try_rotate(purpose, version);
  if (status == GH_UNSUPPORTED) context_.skip("its keys are rotated elsewhere (rotate is GH_UNSUPPORTED)");
  context_.expect(status == GH_OK, "rotate answered " + status_name(status));
  context_.expect(version != untouched && version != 0, "rotate did not say which version is the new one");
  return version;
}

}  // namespace gatehouse::check::kms
