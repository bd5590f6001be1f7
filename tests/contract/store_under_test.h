// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/store.h>

#include <cstddef>
#include <memory>

namespace gatehouse::contract {

// A store the contract suite is run on. The suite calls nothing but the table.
class StoreUnderTest {
 public:
  StoreUnderTest() = default;
  virtual ~StoreUnderTest() = default;
  StoreUnderTest(const StoreUnderTest&) = delete;
  StoreUnderTest& operator=(const StoreUnderTest&) = delete;

  virtual const gh_store_v1& table() const = 0;
  virtual gh_instance* instance() const = 0;
};

// Where stores may differ without breaking the contract. What is not listed here holds for every store; GH_STORE_*
// flags are read from the table.
struct Quirks {
  // How long a text or bytes value the suite tries. At least the 1 MiB of the contract.
  std::size_t longest_value = 1u << 20;
  // Two instances made by make_store() see each other's records.
  bool instances_share = false;
  // How much the random tests do: 1.0 is meant for memory, a store behind a network takes less.
  double effort = 1.0;
};

// Defined once in each test program, in the file that knows its store.
// A started store that holds nothing and has not been opened.
std::unique_ptr<StoreUnderTest> make_store();
const Quirks& quirks();

}  // namespace gatehouse::contract
