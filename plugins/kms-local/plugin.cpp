// SPDX-License-Identifier: Apache-2.0
#include "keyring.h"

#include <gatehouse/kms.h>
#include <gatehouse/sdk/plugin.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::kms_local {
namespace {

constexpr sdk::Setting settings[] = {
    sdk::Setting::path("keyring", "The file the keys are kept in.").by_default("keyring").private_file(),
    sdk::Setting::boolean("create", "Whether to make the file and keys that are missing from it.").by_default("true"),
    sdk::Setting::integer("rsa_bits", "Length of new RSA keys in bits: 3072 or 4096.").by_default("3072"),
    sdk::Setting::text_list("hmac_secrets",
                            "Secrets of 32 random bytes or more, in hex or base64, to derive every HMAC key from "
                            "instead of keeping them in the file; the first signs, all verify.")
        .secret(),
};

KeyringOptions options_of(const sdk::Config& config) {
  KeyringOptions options;
  options.path = config.text("keyring");
  if (options.path.empty() || options.path.front() != '/' || options.path.back() == '/') {
    throw sdk::InvalidSetting("keyring", "is not the absolute path of a file");
  }
  options.create = config.boolean("create");
  const std::int64_t bits = config.integer("rsa_bits");
  if (bits != 3072 && bits != 4096) throw sdk::InvalidSetting("rsa_bits", "is neither 3072 nor 4096");
  options.rsa_bits = static_cast<int>(bits);
  try {
    options.shared = parse_shared_secrets(config.text_list("hmac_secrets"));
  } catch (const std::invalid_argument& error) {
    throw sdk::InvalidSetting("hmac_secrets", error.what());
  }
  return options;
}

class LocalKms final : public sdk::Plugin, public sdk::Kms {
 public:
  explicit LocalKms(const sdk::Create& create) : host_(create.host), keyring_(options_of(create.config), create.host) {}

  sdk::Status start(const sdk::Call&) override {
    keyring_.open();
    return {};
  }

  sdk::Status ensure(const sdk::Call& call, std::string_view purpose, std::uint32_t algorithm) override {
    check_deadline(call);
    return keyring_.ensure(call, purpose, algorithm);
  }

  sdk::Status keys(const sdk::Call& call, std::string_view purpose, const sdk::KeySink& sink) override {
    check_deadline(call);
    const Purpose* found = keyring_.keys(call).find(purpose);
    if (found == nullptr) found = keyring_.newest().find(purpose);
    if (found == nullptr) return missing();
    for (const Key& key : found->keys) {
      const std::uint32_t state = found->state_at(key, call.now_us());
      sink.put({key.version, key.algorithm, state, key.created_us,
                key.signer ? std::string_view(key.signer->public_key()) : std::string_view(),
                state == GH_KEY_NEXT ? key.from_us : 0});
    }
    return {};
  }

  sdk::Status mac(const sdk::Call& call, std::string_view purpose, std::uint32_t version, std::string_view message,
                  std::uint8_t (&mac)[32], std::uint32_t& used) override {
    check_deadline(call);
    const auto [key, state] = find(call, purpose, version);
    if (key == nullptr || state == GH_KEY_RETIRED) return missing();
    if (!key->mac) return {GH_INVALID, "this key for " + std::string(purpose) + " signs and makes no HMAC"};
    if (!key->mac->mac(message, mac)) return {GH_UNAVAILABLE, "OpenSSL could not compute an HMAC"};
    used = key->version;
    return {};
  }

  sdk::Status sign(const sdk::Call& call, std::string_view purpose, std::uint32_t version, std::string_view message,
                   const sdk::BytesSink& signature, std::uint32_t& used) override {
    check_deadline(call);
    const auto [key, state] = find(call, purpose, version);
    if (key == nullptr || state == GH_KEY_RETIRED || state == GH_KEY_NEXT) return missing();
    if (!key->signer) return {GH_INVALID, "this key for " + std::string(purpose) + " is one for HMAC"};
    SignatureBytes bytes;
    if (!key->signer->sign(message, bytes)) return {GH_UNAVAILABLE, "OpenSSL could not sign"};
    signature.put(bytes.view());
    used = key->version;
    return {};
  }

  sdk::Status rotate(const sdk::Call& call, std::string_view purpose, std::uint32_t& version) override {
    check_deadline(call);
    return keyring_.rotate(call, purpose, {}, version);
  }

  sdk::Status rotate_to(const sdk::Call& call, std::string_view purpose, std::uint32_t algorithm, std::int64_t from_us,
                        std::uint32_t& version) override {
    check_deadline(call);
    return keyring_.rotate(call, purpose, {algorithm, from_us}, version);
  }

  // The keys are in memory: a file that cannot be read now stops changes, not answers.
  sdk::Status ping(const sdk::Call& call) override {
    (void)keyring_.keys(call);
    return {};
  }

 private:
  void check_deadline(const sdk::Call& call) const {
    if (host_.monotonic_ns() > call.deadline_ns()) {
      throw sdk::StatusError(GH_TIMEOUT, "the deadline had passed before the call came");
    }
  }

  struct Found {
    const Key* key;
    std::uint32_t state;  // now
  };
  Found find(const sdk::Call& call, std::string_view purpose, std::uint32_t version) {
    const auto in = [&](const KeySet& set) -> Found {
      const Purpose* found = set.find(purpose);
      const Key* key = found == nullptr ? nullptr : found->find(version, call.now_us());
      return {key, key == nullptr ? 0 : found->state_at(*key, call.now_us())};
    };
    const Found found = in(keyring_.keys(call));
    return found.key != nullptr ? found : in(keyring_.newest());
  }

  // What is not in a damaged file may have been in the right one: that is not known, and not "does not exist".
  sdk::Status missing() const { return keyring_.damaged() ? GH_UNAVAILABLE : GH_NOT_FOUND; }

  const sdk::Host host_;
  Keyring keyring_;
};

}  // namespace
}  // namespace gatehouse::kms_local

GATEHOUSE_PLUGIN(gatehouse::kms_local::LocalKms,
                 gatehouse::sdk::about("kms-local", "1.0.0", "Apache-2.0", "Keys in a file that only the server reads.")
                     .with(gatehouse::kms_local::settings));
