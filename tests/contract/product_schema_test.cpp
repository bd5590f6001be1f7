// SPDX-License-Identifier: Apache-2.0
#include "store/product_schema.h"
#include "app/services.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace gatehouse::check::store {
namespace {

std::string described(const FieldDef& field) {
  return field.name + " " + std::to_string(field.type) + (field.nullable ? " nullable" : "") +
         (field.sensitive ? " sensitive" : "");
}

FieldDef as_kit(const providers::FieldDef& field) {
  return {field.name, static_cast<std::uint32_t>(field.type), field.nullable, field.sensitive};
}

// What to do when it fails: bring plugin-api/check/store/product_schema.cpp up to date.
TEST(ProductSchema, OfTheKitIsTheServers) {
  const auto server = app::schema();
  const Kinds& kit = product_kinds();
  ASSERT_EQ(kit.size(), server.size());
  for (std::size_t at = 0; at < kit.size(); ++at) {
    SCOPED_TRACE(server[at].name);
    EXPECT_EQ(kit[at].name, server[at].name);
    EXPECT_EQ(kit[at].expiry, server[at].expiry_field);
    EXPECT_EQ(kit[at].append_only, server[at].append_only);
    ASSERT_EQ(kit[at].fields.size(), server[at].fields.size());
    for (std::size_t field = 0; field < kit[at].fields.size(); ++field) {
      EXPECT_EQ(described(kit[at].fields[field]), described(as_kit(server[at].fields[field])));
    }
    ASSERT_EQ(kit[at].indexes.size(), server[at].indexes.size());
    for (std::size_t index = 0; index < kit[at].indexes.size(); ++index) {
      EXPECT_EQ(kit[at].indexes[index].name, server[at].indexes[index].name);
      EXPECT_EQ(kit[at].indexes[index].fields, server[at].indexes[index].fields);
      EXPECT_EQ(kit[at].indexes[index].unique, server[at].indexes[index].unique);
    }
  }
}

// store-redis finds the entries of a record it wrote before by their position, the last one being the index of keys:
// with one index more or less, the entries of older records would be taken from the wrong ones. A change here needs a
// way to rewrite them first.
TEST(ProductSchema, KindsThatRedisHoldsKeepTheIndexesTheirRecordsWereWrittenWith) {
  using Names = std::vector<std::string>;
  const std::map<std::string, Names> written = {
      {"session", {"by_user"}}, {"ticket", {}}, {"mail_job", {"due", "dead"}}};
  std::size_t seen = 0;
  for (const auto& kind : app::schema()) {
    const auto found = written.find(kind.name);
    if (found == written.end()) continue;
    ++seen;
    Names names;
    for (const auto& index : kind.indexes) names.push_back(index.name);
    EXPECT_EQ(names, found->second) << kind.name;
  }
  EXPECT_EQ(seen, written.size());
}

}  // namespace
}  // namespace gatehouse::check::store
