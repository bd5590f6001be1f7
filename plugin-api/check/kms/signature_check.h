// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// What OpenSSL says about keys and signatures: the second opinion the plugin's own are held against.
namespace gatehouse::check::kms {

// What is wrong with a public key (DER SubjectPublicKeyInfo) for an algorithm (GH_ALG_*): its type, curve or length, or
// bytes that are none. Empty: it is right.
std::string key_problem(std::uint32_t algorithm, std::string_view public_key);

// The size a signature of this key has.
std::size_t signature_size(std::uint32_t algorithm, std::string_view public_key);

// True when `signature`, in the form <gatehouse/kms.h> gives it, is one of `message` under this key.
bool verifies(std::uint32_t algorithm, std::string_view public_key, std::string_view message,
              std::string_view signature);

}  // namespace gatehouse::check::kms
