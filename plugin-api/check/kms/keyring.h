// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calling.h"
#include "instance.h"

#include <gatehouse/kms.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::check::kms {

struct Key {
  std::uint32_t version = 0;
  std::uint32_t algorithm = 0;
  std::uint32_t state = 0;
  std::int64_t created_us = 0;
  std::string public_key;
};

struct Made {
  gh_status status = GH_OK;
  std::string bytes;  // the MAC or the signature
  std::uint32_t used = 0;
};

std::string algorithm_name(std::uint32_t algorithm);
constexpr std::uint32_t signing_algorithms[] = {GH_ALG_ES256, GH_ALG_EDDSA, GH_ALG_RS256};

// A started key service. Any thread. Every answer is looked at; one that cannot be fails the case.
class Keyring {
 public:
  explicit Keyring(Context& context, InstanceOptions options = {})
      : context_(context), instance_(context, std::move(options)), table_(instance_.table<gh_kms_v1>(GH_KMS_V1)) {}

  gh_status ensure(std::string_view purpose, std::uint32_t algorithm);
  // Skips the case where the plugin makes no such key, and says so.
  void need(std::string_view purpose, std::uint32_t algorithm);
  gh_status keys(std::string_view purpose, std::vector<Key>& keys);
  // Of a purpose that has keys.
  std::vector<Key> keys_of(std::string_view purpose);
  Key current(std::string_view purpose);
  Key version(std::string_view purpose, std::uint32_t version);

  Made mac(std::string_view purpose, std::uint32_t version, std::string_view message,
           std::chrono::nanoseconds timeout = std::chrono::seconds(30));
  Made sign(std::string_view purpose, std::uint32_t version, std::string_view message,
            std::chrono::nanoseconds timeout = std::chrono::seconds(30));
  // GH_OK, or the case fails.
  std::string must_mac(std::string_view purpose, std::uint32_t version, std::string_view message);
  Made must_sign(std::string_view purpose, std::uint32_t version, std::string_view message);
  // GH_OK and the new version; GH_UNSUPPORTED skips the case.
  std::uint32_t rotate(std::string_view purpose);
  gh_status try_rotate(std::string_view purpose, std::uint32_t& version);

  Context& context() noexcept { return context_; }
  void stop() { instance_.stop(); }

 private:
  void expect_words(gh_status status, const Calling& calling, std::string_view operation);

  Context& context_;
  Instance instance_;
  const gh_kms_v1& table_;
};

}  // namespace gatehouse::check::kms
