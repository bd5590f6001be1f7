// SPDX-License-Identifier: Apache-2.0
#include "events/event_history.h"

#include <utility>

namespace gatehouse::events {

Result<EventHistory::Listed> EventHistory::of_subject(std::string_view tenant, std::string_view subject,
                                                      std::uint32_t limit, std::string_view cursor,
                                                      const Call& call) const {
  providers::Query query;
  query.kind = kind_;
  query.index = events_by_subject;
  query.tenant = tenant;
  query.equals = {providers::Value::text(subject)};
  query.descending = true;
  query.limit = limit;
  query.cursor = cursor;
  Listed listed;
  bool foreign = false;
  const auto page = storage_.find(query, call, [&](providers::RecordReader& record) {
    auto event = decode(record);
    // Whatever the store does: of another user's history not a line.
    if (event && event->subject == subject) {
      listed.events.push_back(std::move(*event));
    } else {
      foreign = true;
    }
  });
  if (!page) return page.error();
  if (foreign) return Error{Code::Internal, "the store delivered an event that is malformed or of another user"};
  listed.next_cursor = page->next_cursor;
  return listed;
}

}  // namespace gatehouse::events
