// SPDX-License-Identifier: Apache-2.0
#include "kind.h"
#include "table_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace gatehouse::store_postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

class TableSql : public testing::Test {
 protected:
  Kind made(std::uint32_t flags = 0) {
    const gh_kind kind{"thing", fields_.data(), 3, sizeof(gh_field), indexes_.data(), 1, sizeof(gh_index), 2, flags};
    return Kind(sdk::KindView(kind), 0);
  }

  const std::array<std::uint32_t, 1> by_name_{0};
  std::array<gh_field, 3> fields_{{{"name", GH_TEXT, GH_FIELD_NULLABLE}, {"count", GH_INT, 0}, {"ends", GH_TIME, 0}}};
  std::array<gh_index, 1> indexes_{{{"by_name", by_name_.data(), 1, GH_INDEX_UNIQUE}}};
};

TEST_F(TableSql, IndexesTheFloorAndNotTheExpiryOfWhatIsRefreshed) {
  const auto sql = table_sql(made(), "app");
  EXPECT_THAT(sql, HasSubstr("(\"expiry_floor\")"));
  EXPECT_THAT(sql, Not(HasSubstr("(\"ends\");")));
  EXPECT_THAT(sql, HasSubstr("fillfactor"));
}

TEST_F(TableSql, LetsNobodyChangeWhatIsAppendOnly) {
  const auto sql = table_sql(made(GH_KIND_APPEND_ONLY), "app");
  EXPECT_THAT(sql, HasSubstr("GRANT SELECT, INSERT, DELETE"));
  EXPECT_THAT(sql, Not(HasSubstr("expiry_floor")));
  EXPECT_THAT(sql, HasSubstr("(\"ends\");"));
}

TEST_F(TableSql, StandsUnderForcedRowLevelSecurity) {
  EXPECT_THAT(table_sql(made(), "app"), HasSubstr("FORCE ROW LEVEL SECURITY"));
}

TEST_F(TableSql, RefusesFieldsWithTheNamesOfItsOwnColumns) {
  fields_[1].name = "record_version";
  EXPECT_THROW(made(), sdk::StatusError);
}

TEST_F(TableSql, UpdatesNeverPutTheFloorBehindTheExpiry) {
  EXPECT_THAT(made().update().sql, HasSubstr("expiry_floor = LEAST(expiry_floor, $7)"));
  EXPECT_THAT(made().update().sql, HasSubstr("\"ends\" = $7"));
}

}  // namespace
}  // namespace gatehouse::store_postgres
