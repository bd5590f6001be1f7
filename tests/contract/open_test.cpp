// SPDX-License-Identifier: Apache-2.0
#include "contract/test_store.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace gatehouse::contract {
namespace {

// What open() answers to a schema, and whether it said why.
struct Opened {
  gh_status status;
  std::string words;
};

Opened open(const StoreUnderTest& store, const gh_schema& schema) {
  Opened opened{};
  gh_call call = call_at(now);
  call.explain_context = &opened.words;
  call.explain = [](void* context, gh_slice sentence) {
    static_cast<std::string*>(context)->assign(reinterpret_cast<const char*>(sentence.data), sentence.size);
  };
  opened.status = store.table().open(store.instance(), &call, &schema);
  return opened;
}

Opened open_changed(const std::function<void(std::vector<KindDef>&)>& change) {
  auto changed = kinds();
  change(changed);
  RawSchema schema(changed);
  return open(*make_store(), schema.get());
}

TEST(Open, TakesTheSchemaOfTheSuite) {
  EXPECT_EQ(open_changed([](auto&) {}).status, GH_OK);
}

TEST(Open, RefusesAKindItCannotHoldAndNamesIt) {
  const auto expiry = open_changed([](auto& kinds) { kinds[kind::Session].expiry = session::Owner; });
  EXPECT_EQ(expiry.status, GH_INVALID);
  EXPECT_NE(expiry.words.find("session"), std::string::npos) << expiry.words;
  EXPECT_EQ(open_changed([](auto& kinds) { kinds[kind::Plain].fields[0].type = 17; }).status, GH_INVALID);
  EXPECT_EQ(open_changed([](auto& kinds) { kinds[kind::Account].indexes[0].fields = {55}; }).status, GH_INVALID);
  EXPECT_EQ(open_changed([](auto& kinds) { kinds[kind::Account].indexes[0].fields = {}; }).status, GH_INVALID);
  EXPECT_EQ(open_changed([](auto& kinds) {
              kinds[kind::Account].indexes[0].fields = {0, 1, 2, 3, 4};
            }).status,
            GH_INVALID);
}

TEST(Open, DoesNotLookAtKindsThatLieElsewhere) {
  EXPECT_EQ(open_changed([](auto& kinds) { kinds[kind::Elsewhere].fields[0].type = 17; }).status, GH_OK);
}

TEST(Open, RefusesAnAssignmentThatCannotBe) {
  RawSchema unknown(kinds());
  unknown.assigned()[0] = 99;
  EXPECT_EQ(open(*make_store(), unknown.get()).status, GH_INVALID);
  RawSchema twice(kinds());
  twice.assigned()[0] = twice.assigned()[1];
  EXPECT_EQ(open(*make_store(), twice.get()).status, GH_INVALID);
}

TEST(Open, ReadsTheStructsOfALaterHostByTheirStride) {
  struct LaterKind {
    gh_kind kind;
    std::uint64_t new_member;
  };
  RawSchema schema(kinds());
  std::vector<LaterKind> later;
  for (const gh_kind& kind : schema.raw_kinds()) later.push_back({kind, 0xdeadbeef});
  schema.get().kinds = &later.front().kind;
  schema.get().kind_stride = sizeof(LaterKind);
  const auto store = make_store();
  EXPECT_EQ(open(*store, schema.get()).status, GH_OK);
}

TEST(Open, TwoInstancesAreIndependent) {
  const TestStore one;
  const TestStore other;
  const Key key{"t", "p", "1"};
  ASSERT_EQ(one.commit(put(kind::Plain, key, 0, {text("x")})).status, GH_OK);
  EXPECT_EQ(other.get(kind::Plain, key).status, quirks().instances_share ? GH_OK : GH_NOT_FOUND);
}

TEST(Open, ThenTheStoreIsReady) {
  const TestStore store;
  const gh_call call = call_at(now);
  EXPECT_EQ(store.table().ping(store.instance(), &call), GH_OK);
}

TEST(Open, WritesOfALaterHostAreReadByTheirStride) {
  struct LaterWrite {
    gh_write write;
    std::uint64_t new_member;
  };
  const TestStore store;
  const Value x = text("x");
  const gh_value value = x.raw();
  const Key first{"t", "p", "1"};
  const Key second{"t", "p", "2"};
  const LaterWrite writes[] = {{{GH_WRITE_PUT, kind::Plain, first.raw(), 0, &value, 1, 0}, 0xdeadbeef},
                               {{GH_WRITE_PUT, kind::Plain, second.raw(), 0, &value, 1, 0}, 0xdeadbeef}};
  gh_commit_out out{};
  out.struct_size = sizeof(out);
  const gh_call call = call_at(now);
  ASSERT_EQ(store.table().commit(store.instance(), &call, &writes[0].write, 2, sizeof(LaterWrite), &out), GH_OK);
  EXPECT_EQ(store.get(kind::Plain, second).status, GH_OK);
}

}  // namespace
}  // namespace gatehouse::contract
