// SPDX-License-Identifier: Apache-2.0
#include "announcement.h"
#include "commit.h"
#include "text_forms.h"

#include <algorithm>
#include <tuple>

namespace gatehouse::store_postgres {

namespace {

constexpr std::size_t typical_record = 768;

}  // namespace

// Writes of one kind and tenant as the parameters of one statement: an array for each part of the key, and so on.
class Commit::Arrays {
 public:
  explicit Arrays(const Some& writes) : writes_(writes) { parameters_.reserve(writes.size() * typical_record); }

  void add_keys() {
    parameters_.add_with([&](std::string& out) { append_key(out, writes_.front()->key.tenant); });
    for (const auto part : {&Key::partition, &Key::id}) {
      add([&](ArrayText& array, const Write& write) {
        array.add_with([&](std::string& out) { append_key(out, write.key.*part); });
      });
    }
  }

  void add_values() {
    for (std::size_t column = 0; column < writes_.front()->kind->columns().size(); ++column) {
      add([&](ArrayText& array, const Write& write) {
        const gh_value value = value_at(write.values, column);
        if (value.type == GH_NULL) return array.add_null();
        array.add_with([&](std::string& out) { append_value(out, value); });
      });
    }
  }

  template <class AddElement>
  void add(AddElement&& add_element) {
    parameters_.add_with([&](std::string& out) {
      ArrayText array(out);
      for (const Write* write : writes_) add_element(array, *write);
      array.close();
    });
  }

  const Parameters& parameters() const noexcept { return parameters_; }

 private:
  const Some& writes_;
  Parameters parameters_;
};

std::size_t Commit::insert_many(Connection& connection, const Some& writes) const {
  Arrays arrays(writes);
  arrays.add_keys();
  arrays.add_values();
  const Write& first = *writes.front();
  return run_for(connection, first.key.tenant, first.kind->insert_many(), arrays.parameters()).affected();
}

const Kind* Commit::lone_update() const noexcept {
  const Write& first = writes_.front();
  const bool fits =
      writes_.size() == 1 && first.put && first.expected > 0 && !first.kind->has_unique() && !first.kind->announced();
  return fits ? first.kind : nullptr;
}

bool Commit::is_announced() const noexcept {
  return std::any_of(writes_.begin(), writes_.end(), [](const Write& write) { return write.kind->announced(); });
}

void Commit::announce(Connection& connection) const {
  static const Statement tell{"announce", "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload"};
  Announcement announcement;
  for (const Write& write : writes_) {
    if (!write.kind->announced()) continue;
    announcement.add(write.kind->name(), !write.put, write.expected + (write.put ? 1 : 0), write.key);
  }
  if (announcement.payloads().empty()) return;
  Parameters parameters;
  parameters.add(channel_);
  parameters.add_with([&](std::string& out) {
    ArrayText array(out);
    for (const auto& payload : announcement.payloads()) {
      array.add_with([&](std::string& element) { element.append(payload); });
    }
    array.close();
  });
  connection.run(tell, parameters);
}

std::vector<bool> Commit::update_together(Connection& connection, const std::vector<const Commit*>& commits) {
  // One statement changes a record once, and would not say for whom.
  std::vector<std::size_t> chosen;
  for (std::size_t at = 0; at < commits.size(); ++at) {
    const Key& key = commits[at]->writes_.front().key;
    const bool repeated = std::any_of(chosen.begin(), chosen.end(), [&](std::size_t other) {
      const Key& taken = commits[other]->writes_.front().key;
      return std::tie(taken.id, taken.partition) == std::tie(key.id, key.partition);
    });
    if (!repeated) chosen.push_back(at);
  }
  Some writes;
  for (const std::size_t at : chosen) writes.push_back(&commits[at]->writes_.front());

  Arrays arrays(writes);
  arrays.add_keys();
  arrays.add([](ArrayText& array, const Write& write) {
    array.add_with([&](std::string& out) { append_value(out, sdk::int_value(write.expected)); });
  });
  std::size_t next = 0;
  arrays.add([&](ArrayText& array, const Write&) {
    const std::int64_t now_us = commits[chosen[next++]]->now_us_;
    array.add_with([&](std::string& out) { append_value(out, sdk::time_value(now_us)); });
  });
  arrays.add_values();

  std::vector<bool> done(commits.size(), false);
  const Rows rows = connection.run(writes.front()->kind->update_many(), arrays.parameters());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    done.at(chosen.at(static_cast<std::size_t>(rows.integer(row, 0)) - 1)) = true;
  }
  return done;
}

}  // namespace gatehouse::store_postgres
