// SPDX-License-Identifier: Apache-2.0
// The body of an answer of Vault, read as each of the things it could be.
#include "answers.h"

#include <gatehouse/kms.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

namespace vault = gatehouse::kms_vault;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void check_key(const vault::TransitKey& key) {
  require(key.latest >= 1 && key.versions.count(key.latest) == 1, "a key has its latest version");
  for (const auto& [version, described] : key.versions) {
    require(version >= 1 && version <= key.latest, "versions are from 1 to the latest");
    const bool is_public = key.algorithm != 0 && key.algorithm != GH_ALG_HMAC_SHA256;
    require(is_public || described.public_key.empty(), "only signing keys have a public half");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  if (const auto grant = vault::read_login(body)) {
    const auto token = grant->token.view();
    const auto printable = [](char c) { return c > ' ' && c <= '~'; };
    require(!token.empty() && std::all_of(token.begin(), token.end(), printable), "a token fits into a header line");
  }
  if (const auto grant = vault::read_lookup(body)) require(grant->ttl_s >= 0, "time is left or endless");
  if (const auto key = vault::read_key(body)) check_key(*key);
  if (const auto mac = vault::read_hmac(body)) require(mac->version >= 1 && mac->bytes.size() == 32, "an HMAC");
  for (const auto algorithm : {GH_ALG_ES256, GH_ALG_EDDSA, GH_ALG_RS256}) {
    const auto signature = vault::read_signature(body, algorithm);
    if (signature) require(signature->version >= 1 && signature->bytes.size() >= 64, "a signature");
  }
  const auto words = vault::read_errors(body);
  require(words.size() <= 300, "an error is bounded");
  require(std::all_of(words.begin(), words.end(), [](char c) { return c >= ' ' && c <= '~'; }), "and printable");
  return 0;
}
