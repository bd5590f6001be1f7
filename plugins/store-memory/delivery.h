// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kind.h"
#include "record.h"

#include <gatehouse/sdk/store.hpp>

#include <array>
#include <memory>

namespace gatehouse::store_memory {

// Hands records to the host's sink: all fields of the kind, NULL where the record has none.
class Delivery {
 public:
  explicit Delivery(const Kind& kind) : kind_(kind) {
    if (kind.field_count() > few_.size()) {
      many_ = std::make_unique<gh_value[]>(kind.field_count());
      values_ = many_.get();
    }
  }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // False: the host wants no more.
  bool put(const Record& record, const sdk::RecordSink& sink) {
    kind_.decode(record, values_);
    const Key key = kind_.key(record);
    const gh_key borrowed{sdk::slice(key.tenant), sdk::slice(key.partition), sdk::slice(key.id)};
    return sink.put(borrowed, record.version, values_, kind_.field_count());
  }

 private:
  const Kind& kind_;
  std::array<gh_value, 40> few_;
  std::unique_ptr<gh_value[]> many_;
  gh_value* values_ = few_.data();
};

}  // namespace gatehouse::store_memory
