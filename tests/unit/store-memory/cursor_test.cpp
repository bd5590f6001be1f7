// SPDX-License-Identifier: Apache-2.0
#include "unit/store-memory/opened_store.h"

#include <string>

namespace gatehouse::store_memory {
namespace {

using namespace check::store;

using Cursor = OpenedStore;

// More than the contract asks for: a cursor carries a tag.
TEST_F(Cursor, WithAnyBitChangedOrByteCutOrAddedIsInvalid) {
  for (int at = 0; at < 5; ++at) must(put(kind::Session, key(std::to_string(at)), 0, session_of("o", at)));
  Query query{.kind = kind::Session, .index = session::ByOwner, .tenant = "t", .limit = 3};
  const std::string good = store.find(query).cursor;
  ASSERT_FALSE(good.empty());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    query.cursor = good;
    query.cursor[bit / 8] = static_cast<char>(query.cursor[bit / 8] ^ 1 << (bit % 8));
    ASSERT_EQ(store.find(query).status, GH_INVALID) << "bit " << bit;
  }
  for (std::size_t size = 1; size < good.size(); ++size) {
    query.cursor = good.substr(0, size);
    ASSERT_EQ(store.find(query).status, GH_INVALID) << "size " << size;
  }
  query.cursor = good + '\0';
  EXPECT_EQ(store.find(query).status, GH_INVALID);
}

}  // namespace
}  // namespace gatehouse::store_memory
