// SPDX-License-Identifier: Apache-2.0
#include "support/naughty.h"
#include "accounts/email.h"
#include "accounts/names.h"
#include "accounts/password_policy.h"
#include "accounts/unicode.h"
#include "base/encoding.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::accounts {
namespace {

// Text that may stand in a mail header, a log line and a page as it is.
void expect_harmless(const std::string& text, const std::string& kind) {
  ASSERT_TRUE(is_utf8(text)) << kind;
  EXPECT_FALSE(has_invisible(text)) << kind << ": " << text;
}

TEST(NaughtyStrings, AreRefusedOrHarmlessAsAnAddress) {
  for (const auto& naughty : test::naughty_strings()) {
    for (const auto& typed : {naughty.bytes, naughty.bytes + "@example.com", "a@" + naughty.bytes}) {
      const auto address = parse_email(typed);
      if (!address) continue;
      expect_harmless(address->as_typed, naughty.kind);
      expect_harmless(address->normalized, naughty.kind);
      EXPECT_EQ(address->normalized.find_first_of("\"<>()[]\\,;: "), std::string::npos) << address->normalized;
    }
  }
}

TEST(NaughtyStrings, AreRefusedOrHarmlessAsAName) {
  for (const auto& naughty : test::naughty_strings()) {
    const auto name = parse_name(naughty.bytes, "/name");
    if (name) expect_harmless(*name, naughty.kind);
  }
}

TEST(NaughtyStrings, AreRefusedOrDigitsAsAPhoneNumber) {
  for (const auto& naughty : test::naughty_strings()) {
    const auto phone = parse_phone(naughty.bytes);
    if (phone) {
      EXPECT_EQ(phone->find_first_not_of("0123456789", 1), std::string::npos) << *phone;
    }
  }
}

TEST(NaughtyStrings, AreJudgedAsAPasswordAndAsItsContext) {
  for (const auto& naughty : test::naughty_strings()) {
    const std::string_view word = naughty.bytes;
    for (const auto profile : {PasswordProfile::Classic, PasswordProfile::Nist, PasswordProfile::Short}) {
      const auto result =
          check_password(profile, Secret<std::string>(naughty.bytes + "Aa1!-lantern"), {naughty.bytes, {&word, 1}});
      if (!result) {
        EXPECT_EQ(result.error().code, Code::PasswordPolicy);
      }
    }
  }
}

}  // namespace
}  // namespace gatehouse::accounts
