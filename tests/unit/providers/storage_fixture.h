// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "provider_fixture.h"
#include "providers/storage.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::providers {

enum : std::uint32_t { owner, age, born };

inline std::vector<KindDef> schema() {
  KindDef person;
  person.name = "person";
  person.fields = {{"owner", ValueType::Text}, {"age", ValueType::Int}, {"born", ValueType::Time, true}};
  person.indexes = {{"by_owner", {owner}, true}, {"by_age", {age}}};
  KindDef note;
  note.name = "note";
  note.fields = {{"text", ValueType::Text}, {"until", ValueType::Time, true}};
  note.expiry_field = 1;
  note.append_only = true;
  return {person, note};
}

inline gh_value text(std::string_view value) { return {GH_TEXT, 0, 0, slice(value)}; }
inline gh_value integer(std::int64_t value) { return {GH_INT, 0, value, {}}; }

class StorageTest : public ProviderTest {
 protected:
  StorageTest() : ProviderTest(GH_STORE_V1), storage(schema(), {instance.get(), instance.get()}) {}

  static constexpr KeyView ada{"acme", "p1", "ada"};

  // A good record, for the store to deliver and the test to spoil.
  struct Stored {
    std::vector<gh_value> values{text("Ada"), integer(36)};
    gh_record record{sizeof(gh_record), 2, 1, {slice("acme"), slice("p1"), slice("ada")}, values.data()};
  };

  // get() of a store that delivers `stored` after the test has spoiled it.
  std::string get_of(const std::function<void(Stored&)>& spoil) {
    Stored stored;
    spoil(stored);
    plugin.on_get = [&](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink& sink) {
      sink.put(sink.context, &stored.record);
      return GH_OK;
    };
    const auto found = storage.get(0, ada, call(), [](RecordReader& reader) {
      (void)reader.text(owner);
      (void)reader.integer(age);
      (void)reader.optional_time(born);
    });
    return found ? (*found ? "found" : "not found") : outcome(found);
  }

  Storage storage;
};

}  // namespace gatehouse::providers
