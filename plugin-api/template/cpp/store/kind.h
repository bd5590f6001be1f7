// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ordered_key.h"

#include <gatehouse/sdk/store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace example_store {

namespace sdk = gatehouse::sdk;

struct Value {
  std::uint32_t type = GH_NULL;
  std::int64_t i = 0;
  std::string s;
};

struct Record {
  std::uint32_t kind = 0;
  std::string tenant;
  std::string partition;
  std::string id;
  std::int64_t version = 0;
  std::vector<Value> values;  // may be fewer than the kind has fields: the kind has grown since
};

// An index of the store's own beside GH_INDEX_KEY and the declared ones: by expiry, across tenants, for purge().
constexpr std::uint32_t expiry_index = GH_INDEX_KEY - 1;

// A kind of records: what its values may be, and under which keys a record stands in the store's one ordered map.
// Copied from the schema, which is only there during open(). What a function below refuses it throws as
// sdk::StatusError(GH_INVALID), with a sentence.
class Kind {
 public:
  Kind(std::uint32_t ordinal, const sdk::KindView& kind);

  const std::string& name() const { return name_; }
  bool append_only() const { return append_only_; }
  bool has_expiry() const { return expiry_.has_value(); }

  // The record of a put.
  Record record(const sdk::WriteView& put) const;

  bool expired(const Record& record, std::int64_t now_us) const;

  std::string key_row(const sdk::KeyView& key) const;
  std::string key_row(const Record& record) const;
  // Every key the record stands under, the first being key_row().
  std::vector<std::string> rows(const Record& record) const;

  // For each unique index the record takes part in: what the rows of all records with these values begin with.
  struct Claim {
    std::uint32_t index = 0;
    OrderedKey values;
  };
  std::vector<Claim> claims(const Record& record) const;

  // The rows a query is about: from the first to the one before the last.
  struct Span {
    std::string first;
    std::string last;
  };
  Span span(const sdk::QueryView& query) const;
  Span expired_before(std::int64_t before_us) const;

 private:
  struct Field {
    std::string name;
    std::uint32_t type = GH_NULL;
    bool nullable = false;
  };
  struct Index {
    std::vector<std::uint32_t> fields;
    bool unique = false;
  };

  void check_value(const Field& field, const gh_value& value) const;
  void check_index_sizes(const Record& record) const;
  OrderedKey index_prefix(std::uint32_t index, std::string_view tenant) const;

  std::uint32_t ordinal_;
  std::string name_;
  std::vector<Field> fields_;
  std::vector<Index> indexes_;
  std::optional<std::uint32_t> expiry_;
  bool append_only_;
};

// Refuses a key whose parts are empty or too long.
void check_key(const sdk::KeyView& key);

[[noreturn]] void invalid(const std::string& sentence);

}  // namespace example_store
