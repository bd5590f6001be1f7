// SPDX-License-Identifier: Apache-2.0
#include "case.h"
#include "kms/cases.h"

#include <gatehouse/kms.h>

namespace gatehouse::check {

using namespace std::chrono_literals;

std::vector<Case> kms_cases() {
  const std::string_view id = GH_KMS_V1;
  return {
      {"kms.lists_its_keys", "Each purpose lists its keys oldest first, one of them current, with right public keys.",
       id, 60s, kms::lists_its_keys},
      {"kms.ensure_is_idempotent", "ensure makes a key once, and never one of another algorithm.", id, 60s,
       kms::ensure_is_idempotent},
      {"kms.macs_are_a_function", "A message has one MAC under a key, and no two messages or purposes share one.", id,
       60s, kms::macs_are_a_function},
      {"kms.es256_verifies", "OpenSSL verifies its ES256 signatures with its public key.", id, 60s,
       kms::es256_verifies},
      {"kms.eddsa_verifies", "OpenSSL verifies its EdDSA signatures; a message has one.", id, 60s, kms::eddsa_verifies},
      {"kms.rs256_verifies", "OpenSSL verifies its RS256 signatures; 3072 bits or more.", id, 120s,
       kms::rs256_verifies},
      {"kms.gives_published_results", "With the keys of published vectors it gives their MACs and signatures.", id, 60s,
       kms::gives_published_results},
      {"kms.refuses_what_is_not_there", "Unknown purposes and versions are GH_NOT_FOUND.", id, 60s,
       kms::refuses_what_is_not_there},
      {"kms.refuses_the_other_use", "HMAC keys do not sign, signing keys make no MACs.", id, 60s,
       kms::refuses_the_other_use},
      {"kms.refuses_bad_purposes", "A purpose that is not [a-z_]{1,32} is refused.", id, 60s,
       kms::refuses_bad_purposes},
      {"kms.overdue_calls_end", "A call after its deadline ends at once with GH_TIMEOUT.", id, 60s,
       kms::overdue_calls_end},
      {"kms.rotation_keeps_the_old", "rotate makes a new current version; the former one goes on verifying.", id, 60s,
       kms::rotation_keeps_the_old},
      {"kms.keys_survive_a_restart", "A new instance on the same state has the same keys.", id, 60s,
       kms::keys_survive_a_restart},
      {"kms.signs_on_many_threads", "Signatures and MACs of many threads at once are right.", id, 60s,
       kms::signs_on_many_threads},
      {"kms.rotates_under_load", "What is made during a rotation was made with the version it names.", id, 120s,
       kms::rotates_under_load},
  };
}

}  // namespace gatehouse::check
