// SPDX-License-Identifier: Apache-2.0
#include "contract/plugin_store.h"
#include "contract/store_under_test.h"

namespace gatehouse::contract {

std::unique_ptr<StoreUnderTest> make_store() { return store_from_plugin(load_plugin(STORE_MEMORY_PLUGIN)); }

const Quirks& quirks() {
  static const Quirks none;
  return none;
}

}  // namespace gatehouse::contract
