// SPDX-License-Identifier: Apache-2.0
#include "auth/cursor.h"

#include "unit/auth/auth_fixture.h"

namespace gatehouse::test {
namespace {

class Cursor : public AuthFixture {};

TEST_F(Cursor, ComesBackAsItWasSealed) {
  const std::string position("a\0b\xFF", 4);
  const auto sealed = auth::seal_cursor(position, "sessions|ada", *keys, call());
  ASSERT_TRUE(sealed);
  const auto opened = auth::open_cursor(*sealed, "sessions|ada", *keys, call());
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, position);
}

TEST_F(Cursor, BelongsToOneListOnly) {
  const auto sealed = auth::seal_cursor("position", "sessions|ada", *keys, call());
  EXPECT_EQ(auth::open_cursor(*sealed, "sessions|bob", *keys, call()).error().code, Code::ValidationFailed);
}

TEST_F(Cursor, ChangedInAnyCharacterIsRefused) {
  const auto sealed = auth::seal_cursor("position", "sessions|ada", *keys, call());
  for (std::size_t i = 0; i < sealed->size(); ++i) {
    auto changed = *sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(auth::open_cursor(changed, "sessions|ada", *keys, call())) << i;
    EXPECT_FALSE(auth::open_cursor(sealed->substr(0, i + (i == 0 ? 1 : 0)), "sessions|ada", *keys, call())) << i;
  }
}

TEST_F(Cursor, OfAKeyThatIsGoneIsRefusedAndNotAnError) {
  const auto sealed = auth::seal_cursor("position", "sessions|ada", *keys, call());
  kms_faults.answer(KmsVerb::Mac, GH_NOT_FOUND);
  EXPECT_EQ(auth::open_cursor(*sealed, "sessions|ada", *keys, call()).error().code, Code::ValidationFailed);
}

}  // namespace
}  // namespace gatehouse::test
