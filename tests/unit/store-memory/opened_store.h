// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/suite_schema.h"
#include "store/verbs.h"
#include "unit/kms-local/plugin_instance.h"

#include <gatehouse/plugin.h>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

extern "C" const gh_plugin gatehouse_plugin_store_memory;

namespace gatehouse::store_memory {

// A store linked into the test, opened with the schema of the contract's suite. One thread.
class OpenedStore : public ::testing::Test {
 protected:
  OpenedStore() {
    if (store.open().status != GH_OK) throw std::runtime_error("the store did not open");
  }

  static check::store::Key key(const std::string& id, const std::string& partition = "p") {
    return {"t", partition, id};
  }
  void must(const check::store::Write& write, std::int64_t at = check::store::now) const {
    ASSERT_EQ(store.commit(write, at).status, GH_OK);
  }
  std::optional<check::store::Record> read(std::uint32_t kind, const check::store::Key& key) const {
    return store.get(kind, key).record;
  }
  // One page is enough for the few records of a test.
  std::vector<check::store::Record> all(std::uint32_t kind, std::uint32_t index = GH_INDEX_KEY) const {
    return store.find({.kind = kind, .index = index, .tenant = "t"}).records;
  }

 private:
  test::FakeHost host_;
  test::PluginInstance instance_{gatehouse_plugin_store_memory, host_, {}};

 protected:
  const check::store::Verbs store{*static_cast<const gh_store_v1*>(instance_.table(GH_STORE_V1)), instance_.self(),
                                  check::store::suite_kinds()};
};

}  // namespace gatehouse::store_memory
