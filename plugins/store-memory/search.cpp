// SPDX-License-Identifier: Apache-2.0
#include "search.h"

#include "arguments.h"
#include "cursor.h"
#include "delivery.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <algorithm>

namespace gatehouse::store_memory {
namespace {

constexpr std::uint32_t most_per_page = 1000;
// How many entries are looked at between two looks at the clock.
constexpr std::uint32_t clock_interval = 4096;

// How many records ahead of a walk memory is asked for.
constexpr std::size_t fetch_distance = 5;

std::size_t checked_index(const Kind& kind, const sdk::QueryView& query) {
  if (query.by_key()) return kind.key_index();
  if (query.index() >= kind.key_index()) invalid("kind " + kind.name() + " has no such index");
  return query.index();
}

}  // namespace

Search::Search(Database& database, const sdk::Host& host, const sdk::Call& call, const sdk::QueryView& query)
    : database_(database),
      host_(host),
      call_(call),
      kind_(known_kind(database, query.kind())),
      index_number_(checked_index(kind_, query)),
      index_(kind_.indexes()[index_number_]),
      order_(kind_, index_),
      descending_(query.descending()),
      count_only_(query.count_only()),
      limit_(query.limit()) {
  if (!count_only_ && (limit_ < 1 || limit_ > most_per_page)) invalid("a page has 1 to 1000 records");
  check_part(sdk::slice(query.tenant()), max_tenant_bytes, "tenant");
  const std::uint64_t tenant = database_.tenant_hash(query.tenant());
  for (Probe* probe : {&from_, &to_}) {
    probe->tenant = query.tenant();
    probe->tenant_mark = Database::mark_of(tenant);
  }
  to_.side = Probe::Side::After;
  read_equals(query);
  read_range(query);
  if (!query.equals().empty()) {
    shards_ = database_.shards_of_lead(tenant, from_.components[0], is_text(kind_.component_type(index_, 0)));
  }
  fingerprint_ = fingerprint(query);
  if (!query.cursor().empty()) read_cursor(query.cursor());
  order_.seal(from_);
  order_.seal(to_);
}

Field Search::checked_field(const gh_value& value, std::uint32_t component) const {
  if (value.type == GH_NULL) return {};
  const std::uint32_t type = kind_.component_type(index_, component);
  if (value.type != type) invalid("a value in the query does not have the type of its field");
  if (!is_text(type)) return {false, value.i, {}};
  if (value.s.data == nullptr && value.s.size > 0) invalid("a value in the query has a size and no bytes");
  return {false, 0, sdk::view(value.s)};
}

void Search::read_equals(const sdk::QueryView& query) {
  const auto equals = query.equals();
  const std::uint32_t most = query.by_key() ? index_.component_count() : index_.field_count;
  if (equals.size() > most) invalid("more values than the index has fields");
  for (std::uint32_t at = 0; at < equals.size(); ++at) {
    from_.components[at] = to_.components[at] = checked_field(equals[at], at);
  }
  from_.count = to_.count = static_cast<std::uint32_t>(equals.size());
}

void Search::read_range(const sdk::QueryView& query) {
  if (query.range() == GH_RANGE_NONE) return;
  if (query.range() > GH_RANGE_PREFIX) invalid("an unknown range");
  const std::uint32_t at = from_.count;
  if (at >= (query.by_key() ? index_.component_count() : index_.field_count)) {
    invalid("a range behind the last field of the index");
  }
  const auto bound = [&](const gh_value& value) {
    if (value.type == GH_NULL) invalid("a range begins or ends with null");
    return checked_field(value, at);
  };
  // NULL itself is in no range: without a lower bound a range begins behind the NULLs.
  from_.count = at + 1;
  if (query.range() == GH_RANGE_BELOW) {
    from_.side = Probe::Side::After;
  } else {
    from_.components[at] = bound(query.low());
  }
  if (query.range() == GH_RANGE_FROM) return;
  to_.count = at + 1;
  if (query.range() == GH_RANGE_PREFIX) {
    if (!is_text(kind_.component_type(index_, at))) invalid("a prefix on a field that is neither text nor bytes");
    to_.components[at] = from_.components[at];
    to_.last_is_prefix = true;
  } else {
    to_.components[at] = bound(query.high());
    to_.side = Probe::Side::Before;
  }
}

void Search::read_cursor(std::string_view cursor) {
  const auto position = store_memory::read_cursor(database_.hash(), fingerprint_, kind_, index_, cursor);
  if (!position) invalid("a cursor that this store did not give for this query");
  Probe& begin = descending_ ? to_ : from_;
  begin.components = position->components;
  begin.count = index_.component_count();
  begin.last_is_prefix = false;
  begin.side = descending_ ? Probe::Side::Before : Probe::Side::After;
}

std::uint64_t Search::fingerprint(const sdk::QueryView& query) const {
  const Hash& hash = database_.hash();
  std::uint64_t print = hash(query.tenant());
  const auto add = [&](std::uint64_t number) { print = hash(static_cast<std::int64_t>(number), print); };
  add(query.kind());
  add(index_number_);
  add(descending_ ? 1 : 0);
  for (const Probe* probe : {&from_, &to_}) {
    add(probe->count);
    add(static_cast<std::uint64_t>(probe->side));
    add(probe->last_is_prefix ? 1 : 0);
    for (std::uint32_t at = 0; at < probe->count; ++at) {
      const Field& field = probe->components[at];
      add(field.null ? 1 : 0);
      add(static_cast<std::uint64_t>(field.number));
      print = hash(field.text, print);
    }
  }
  return print;
}

Search::Walk::Walk(const Search& search, const OrderTree& tree)
    : search_(&search),
      position_(search.descending_ ? tree.last_before(search.order_, search.to_)
                                   : tree.first_after(search.order_, search.from_)) {
  for (std::size_t distance = 1; distance < fetch_distance; ++distance) fetch(distance);
  check_end();
}

// Records lie anywhere in memory: walking without asking ahead would wait for each of them.
void Search::Walk::fetch(std::size_t distance) const noexcept {
  if (search_->descending_) {
    position_.fetch_before(distance);
  } else {
    position_.fetch_after(distance);
  }
}

void Search::Walk::advance() noexcept {
  if (search_->descending_) {
    position_.previous();
  } else {
    position_.next();
  }
  fetch(fetch_distance);
  check_end();
}

void Search::Walk::check_end() noexcept {
  if (position_.at_end()) {
    at_end_ = true;
  } else if (search_->descending_) {
    at_end_ = search_->order_.compare(position_.entry(), search_->from_) < 0;
  } else {
    at_end_ = search_->order_.compare(position_.entry(), search_->to_) > 0;
  }
}

bool Search::visible(const Record& record) {
  if (++visited_ % clock_interval == 0 && host_.monotonic_ns() > call_.deadline_ns()) {
    throw sdk::StatusError(GH_TIMEOUT, "the range holds more records than fit into the deadline");
  }
  return !kind_.expired(record, call_.now_us()) && kind_.tenant(record) == from_.tenant;
}

std::vector<const Record*> Search::collect(Arena& copies) {
  const ShardLocks locks(database_, shards_);
  std::vector<Walk> walks;
  for_each_shard(shards_, [&](std::size_t shard) {
    Walk walk(*this, tree(shard));
    if (!walk.at_end()) walks.push_back(walk);
  });
  // A heap with the walk that is next in the query's direction on top.
  const auto later = [&](const Walk& a, const Walk& b) {
    const int order = order_.compare(a.entry(), b.entry());
    return descending_ ? order < 0 : order > 0;
  };
  std::make_heap(walks.begin(), walks.end(), later);
  std::vector<const Record*> page;
  while (!walks.empty() && page.size() <= limit_) {
    std::pop_heap(walks.begin(), walks.end(), later);
    Walk& walk = walks.back();
    if (visible(walk.record())) page.push_back(&copies.copy(walk.record()));
    walk.advance();
    if (walk.at_end()) {
      walks.pop_back();
    } else {
      std::push_heap(walks.begin(), walks.end(), later);
    }
  }
  return page;
}

std::uint64_t Search::count_in(std::size_t shard, std::uint64_t most) {
  std::uint64_t counted = 0;
  for (Walk walk(*this, tree(shard)); !walk.at_end() && counted < most; walk.advance()) {
    if (visible(walk.record())) ++counted;
  }
  return counted;
}

std::uint64_t Search::count_shard_by_shard() {
  std::uint64_t counted = 0;
  for_each_shard(shards_, [&](std::size_t shard) {
    const ShardLocks lock(database_, only(shard));
    counted += count_in(shard, most_to_count() - counted);
  });
  return counted;
}

std::uint64_t Search::count_at_once() {
  const ShardLocks locks(database_, shards_);
  std::uint64_t counted = 0;
  for_each_shard(shards_, [&](std::size_t shard) { counted += count_in(shard, most_to_count() - counted); });
  return counted;
}

// A count over all shards can take long, so it holds one lock at a time, unless an entry moved meanwhile.
std::uint64_t Search::count() {
  const std::uint64_t moves = kind_.moves.load(std::memory_order_acquire);
  const std::uint64_t counted = count_shard_by_shard();
  const bool at_once = (shards_ & (shards_ - 1)) == 0;
  if (at_once || kind_.moves.load(std::memory_order_acquire) == moves) return counted;
  return count_at_once();
}

void Search::run(const sdk::RecordSink& sink, const sdk::FindOut& out) {
  if (count_only_) {
    out.count(count());
    return;
  }
  Arena copies;
  const auto page = collect(copies);
  const std::size_t full = std::min<std::size_t>(page.size(), limit_);
  std::size_t delivered = 0;
  Delivery delivery(kind_);
  for (bool wanted = true; wanted && delivered < full; ++delivered) wanted = delivery.put(*page[delivered], sink);
  out.count(delivered);
  if (delivered > 0 && delivered < page.size()) {
    out.cursor(write_cursor(database_.hash(), fingerprint_, kind_, index_, *page[delivered - 1]));
  }
}

}  // namespace gatehouse::store_memory
