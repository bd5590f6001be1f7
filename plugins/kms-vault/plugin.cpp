// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <gatehouse/kms.h>
#include <gatehouse/sdk/plugin.hpp>

#include <cstring>
#include <string>
#include <string_view>

namespace gatehouse::kms_vault {
namespace {

constexpr sdk::Setting settings[] = {
    sdk::Setting::text("address", "Where Vault is: https://host:port; http:// only to this machine.").required(),
    sdk::Setting::path("ca_file", "PEM file of the authorities that may vouch for Vault; without it, the system's."),
    sdk::Setting::text("namespace", "Vault's namespace."),
    sdk::Setting::text("token", "A token. One of token, token_file, and role_id with secret_id is needed.").secret(),
    sdk::Setting::path("token_file", "A file with a token, read again when a new one is needed."),
    sdk::Setting::text("role_id", "AppRole: the role's id."),
    sdk::Setting::text("secret_id", "AppRole: the secret id.").secret(),
    sdk::Setting::text("approle_mount", "Where AppRole is mounted below auth/.").by_default("approle"),
    sdk::Setting::text("transit_mount", "Where the transit engine is mounted.").by_default("transit"),
    sdk::Setting::text("key_prefix", "What the names of the keys begin with; the purpose follows.")
        .by_default("gatehouse-"),
    sdk::Setting::boolean("create", "Whether to create keys that Vault does not have.").by_default("true"),
    sdk::Setting::integer("rsa_bits", "Length of new RSA keys in bits: 3072 or 4096.").by_default("3072"),
    sdk::Setting::text("macs",
                       "How HMACs are made: envelope (with a data key that Vault gives out at start and that stays in "
                       "locked memory) or transit (each one by Vault).")
        .by_default("envelope")
        .one_of("envelope,transit"),
    sdk::Setting::duration("envelope_max_age",
                           "How long data keys serve when Vault does not confirm that their versions are still wanted.")
        .by_default("1h"),
    sdk::Setting::duration("check_interval", "How often Vault is asked for rotated and disabled versions.")
        .by_default("10s"),
    sdk::Setting::integer("max_connections", "Most connections to Vault at a time.").by_default("8"),
    sdk::Setting::duration("connect_timeout", "How long a connection may take to be made, with TLS.").by_default("1s"),
    sdk::Setting::duration("timeout", "How long one request may take; the deadline of a call shortens it.")
        .by_default("2s"),
};

class VaultKms final : public sdk::Plugin, public sdk::Kms {
 public:
  explicit VaultKms(const sdk::Create& create) : VaultKms(options_of(create.config), create.host) {}
  // Its thread uses what is destroyed before it.
  ~VaultKms() override { session_.stop_keeping(); }

  sdk::Status start(const sdk::Call& call) override {
    if (http_.address().rfind("http:", 0) == 0) {
      host_.warn("Vault is reached without TLS, on this machine: for development only");
    }
    http_.open();
    session_.open(call.deadline_ns());
    host_.info("logged in to Vault at " + http_.address());
    session_.start_keeping();
    return {};
  }

  sdk::Status drain(const sdk::Call&) override {
    session_.stop_keeping();
    return {};
  }

  sdk::Status ensure(const sdk::Call& call, std::string_view purpose, std::uint32_t algorithm) override {
    if (algorithm < GH_ALG_HMAC_SHA256 || algorithm > GH_ALG_RS256) {
      return {GH_INVALID, "an algorithm this plugin does not know"};
    }
    PurposeKeysRef keys;
    try {
      keys = transit_.fetch(purpose, call.deadline_ns());
    } catch (const sdk::StatusError& error) {
      if (error.code() != GH_NOT_FOUND) throw;
      if (!create_) return {GH_NOT_FOUND, std::string(error.what()) + " and create is false; make it, or set create"};
      transit_.create(purpose, algorithm, call.deadline_ns());
      keys = transit_.fetch(purpose, call.deadline_ns());
    }
    if (keys->algorithm == algorithm) return {};
    return {GH_INVALID,
            "the key for " + std::string(purpose) +
                " in Vault is of another type than is wanted here, and Vault's keys keep their type; change "
                "the setting of the algorithm back, or replace the key: \"Another algorithm\" in the "
                "plugin's README"};
  }

  sdk::Status keys(const sdk::Call& call, std::string_view purpose, const sdk::KeySink& sink) override {
    const PurposeKeysRef keys = transit_.fetch(purpose, call.deadline_ns());
    for (const KeyVersion& key : keys->versions) {
      const std::uint32_t state = &key == &keys->current() ? GH_KEY_CURRENT : GH_KEY_ACTIVE;
      sink.put({key.version, keys->algorithm, state, key.created_us, key.public_key});
    }
    return {};
  }

  sdk::Status mac(const sdk::Call& call, std::string_view purpose, std::uint32_t version, std::string_view message,
                  std::uint8_t (&mac)[32], std::uint32_t& used) override {
    check_deadline(call);
    const PurposeKeysRef keys = transit_.keys_with(purpose, version, call.deadline_ns());
    const KeyVersion* key = keys->find(version);
    if (key == nullptr) return GH_NOT_FOUND;
    if (keys->algorithm != GH_ALG_HMAC_SHA256) return {GH_INVALID, std::string(purpose) + " is a signing purpose"};
    if (!envelope_) {
      const Versioned made = transit_.mac(purpose, version, message, call.deadline_ns());
      std::memcpy(mac, made.bytes.data(), sizeof mac);
      used = made.version;
      return {};
    }
    if (!key->mac) {
      return {GH_DENIED, "Vault does not let version " + std::to_string(key->version) + " of " + std::string(purpose) +
                             " be used; is min_encryption_version above it?"};
    }
    key->mac->mac(message, mac);
    used = key->version;
    return {};
  }

  sdk::Status sign(const sdk::Call& call, std::string_view purpose, std::uint32_t version, std::string_view message,
                   const sdk::BytesSink& signature, std::uint32_t& used) override {
    check_deadline(call);
    const PurposeKeysRef keys = transit_.keys_with(purpose, version, call.deadline_ns());
    if (keys->find(version) == nullptr) return GH_NOT_FOUND;
    if (keys->algorithm == GH_ALG_HMAC_SHA256) return {GH_INVALID, std::string(purpose) + " is an HMAC purpose"};
    const Versioned made = transit_.sign(purpose, keys->algorithm, version, message, call.deadline_ns());
    signature.put(made.bytes);
    used = made.version;
    return {};
  }

  sdk::Status rotate(const sdk::Call& call, std::string_view purpose, std::uint32_t& version) override {
    version = transit_.rotate(purpose, call.deadline_ns());
    return {};
  }

  sdk::Status ping(const sdk::Call& call) override {
    const HttpAnswer answer = session_.perform({"GET", "auth/token/lookup-self", {}, false}, call.deadline_ns());
    if (answer.outcome == Outcome::Answered && answer.status == 200) return {};
    const sdk::Status why = session_.refusal(answer, "asking Vault at " + http_.address());
    if (why.code() == GH_NOT_FOUND) return {GH_UNAVAILABLE, why.sentence()};
    return why;
  }

 private:
  // What is answered from memory asks nobody who would look at it.
  void check_deadline(const sdk::Call& call) const {
    if (host_.monotonic_ns() > call.deadline_ns()) {
      throw sdk::StatusError(GH_TIMEOUT, "the deadline had passed before the call came");
    }
  }

  VaultKms(Options options, sdk::Host host)
      : host_(host),
        create_(options.transit.create),
        envelope_(options.transit.envelope),
        http_(std::move(options.http), host),
        session_(
            http_, std::move(options.credentials), http_.timeout(), options.check_interval,
            [this] { transit_.fetch_all(std::chrono::nanoseconds(http_.timeout()).count()); }, host),
        transit_(session_, std::move(options.transit), host) {}

  const sdk::Host host_;
  const bool create_;
  const bool envelope_;
  Http http_;
  Session session_;
  Transit transit_;
};

}  // namespace
}  // namespace gatehouse::kms_vault

GATEHOUSE_PLUGIN(gatehouse::kms_vault::VaultKms,
                 gatehouse::sdk::about("kms-vault", "1.0.0", "Apache-2.0", "Keys in HashiCorp Vault's transit engine.")
                     .with(gatehouse::kms_vault::settings));
