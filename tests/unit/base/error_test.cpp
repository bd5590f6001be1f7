// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>
#include <set>
#include <string_view>

namespace gatehouse {
namespace {

TEST(ErrorCode, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  const auto last = static_cast<unsigned>(Code::Internal);
  for (unsigned code = 0; code <= last; ++code) names.insert(code_name(static_cast<Code>(code)));
  // An operation in doubt looks like an outage.
  EXPECT_EQ(names.size(), last);
  EXPECT_EQ(code_name(Code::InDoubt), code_name(Code::ProviderUnavailable));
}

TEST(ErrorCode, AnUnknownCodeIsOurOwnFault) { EXPECT_EQ(code_name(static_cast<Code>(250)), "INTERNAL_ERROR"); }

}  // namespace
}  // namespace gatehouse
