// SPDX-License-Identifier: Apache-2.0
// The plugin: what it is called, and how the calls of the interface reach KeyRing. The contract of each call stands in
// <gatehouse/kms.h>.
#include "key_ring.h"

#include <gatehouse/sdk/plugin.hpp>

#include <algorithm>

namespace example_kms {
namespace {

constexpr std::string_view purpose_letters = "abcdefghijklmnopqrstuvwxyz_";

void check_purpose(std::string_view purpose) {
  if (purpose.empty() || purpose.size() > 32 || purpose.find_first_not_of(purpose_letters) != purpose.npos) {
    throw sdk::StatusError(GH_INVALID, "a purpose is not [a-z_]{1,32}");
  }
}

// The operator writes these below [plugin.config]. A relative path arrives as an absolute one, below state_dir.
constexpr sdk::Setting settings[] = {
    sdk::Setting::path("folder", "The folder the keys are kept in; only the server may read it.")
        .by_default("example-kms-keys"),
};

class Kms final : public sdk::Plugin, public sdk::Kms {
 public:
  // No I/O in here: this also runs when the operator only asks for a check of the configuration.
  explicit Kms(const sdk::Create& create)
      : host_(create.host), ring_(create.host, std::string(create.config.text("folder"))) {}

  sdk::Status start(const sdk::Call&) override { return ring_.open(); }

  sdk::Status ensure(const sdk::Call& call, std::string_view purpose, std::uint32_t algorithm) override {
    check(call, purpose);
    return ring_.ensure(purpose, algorithm, call.now_us());
  }

  sdk::Status keys(const sdk::Call& call, std::string_view purpose, const sdk::KeySink& sink) override {
    check(call, purpose);
    const auto entries = ring_.all(purpose);
    if (entries.empty()) return GH_NOT_FOUND;
    for (const auto& entry : entries) {
      sink.put({entry.version, entry.algorithm, entry.state, entry.created_us, entry.key->public_key()});
    }
    return {};
  }

  sdk::Status mac(const sdk::Call& call, std::string_view purpose, std::uint32_t version, std::string_view message,
                  std::uint8_t (&mac)[32], std::uint32_t& used) override {
    check(call, purpose);
    const auto entry = ring_.find(purpose, version);
    if (!entry.key) return GH_NOT_FOUND;
    if (entry.algorithm != GH_ALG_HMAC_SHA256) return {GH_INVALID, std::string(purpose) + " is a signing purpose"};
    const auto tag = entry.key->sign(message);
    if (!tag || tag->size() != sizeof(mac)) return {GH_UNAVAILABLE, "OpenSSL could not compute an HMAC"};
    std::copy(tag->begin(), tag->end(), mac);
    used = entry.version;
    return {};
  }

  sdk::Status sign(const sdk::Call& call, std::string_view purpose, std::uint32_t version, std::string_view message,
                   const sdk::BytesSink& signature, std::uint32_t& used) override {
    check(call, purpose);
    const auto entry = ring_.find(purpose, version);
    if (!entry.key) return GH_NOT_FOUND;
    if (entry.algorithm == GH_ALG_HMAC_SHA256) return {GH_INVALID, std::string(purpose) + " is an HMAC purpose"};
    const auto made = entry.key->sign(message);
    if (!made) return {GH_UNAVAILABLE, "OpenSSL could not sign"};
    signature.put(*made);
    used = entry.version;
    return {};
  }

  sdk::Status rotate(const sdk::Call& call, std::string_view purpose, std::uint32_t& version) override {
    check(call, purpose);
    return ring_.rotate(purpose, call.now_us(), version);
  }

  // The keys are in memory. A key service is asked here.
  sdk::Status ping(const sdk::Call&) override { return {}; }

 private:
  void check(const sdk::Call& call, std::string_view purpose) const {
    check_purpose(purpose);
    if (host_.monotonic_ns() >= call.deadline_ns()) throw sdk::StatusError(GH_TIMEOUT, "the deadline has passed");
  }

  const sdk::Host host_;
  KeyRing ring_;
};

}  // namespace

GATEHOUSE_PLUGIN(Kms, sdk::about("example-kms", "0.1.0", "Apache-2.0", "Keys in a folder that only the server reads.")
                          .with(settings));

}  // namespace example_kms
