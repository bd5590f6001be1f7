// SPDX-License-Identifier: Apache-2.0
#include "find.h"

#include "order_code.h"

#include <gatehouse/sdk/view.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace gatehouse::store_redis {
namespace {

constexpr std::uint32_t most_per_page = 1000;
// Of all buckets few hold much more than their share: this many above it are hardly ever too few.
constexpr std::uint64_t spare_per_bucket = 16;
constexpr int most_rounds = 5;
// Behind every entry that begins like it: longer than what entries end with.
const std::string behind_all(7, '\xff');

std::size_t checked_index(const Kind& kind, const sdk::QueryView& query) {
  if (query.index() >= kind.indexes().size()) invalid("kind " + kind.name() + " has no such index");
  return query.index();
}

}  // namespace

Search::Search(Backend& backend, const Layout& layout, Held& held, const sdk::Call& call, const sdk::QueryView& query)
    : backend_(backend),
      layout_(layout),
      held_(held),
      kind_(held.kind),
      call_(call),
      index_(query.by_key() ? nullptr : &kind_.indexes()[checked_index(kind_, query)]),
      tenant_(text_code(query.tenant())),
      descending_(query.descending()),
      count_only_(query.count_only()),
      limit_(query.limit()) {
  if (!count_only_ && (limit_ < 1 || limit_ > most_per_page)) invalid("a page has 1 to 1000 records");
  check_part(query.tenant(), longest_tenant, "tenant");
  read_bounds(query);
  fingerprint_ = fingerprint(query);
  if (!query.cursor().empty()) read_cursor(query.cursor());
  buckets_ = buckets(query);
}

std::uint32_t Search::component_type(std::size_t at) const {
  return by_key() ? std::uint32_t{GH_TEXT} : kind_.fields()[index_->fields[at]].type;
}

std::string Search::component_code(std::size_t at, const gh_value& value) const {
  const std::uint32_t type = component_type(at);
  if (value.type != GH_NULL && value.type != type) invalid("a value in the query does not have the type of its field");
  if (is_text(value.type) && value.s.data == nullptr && value.s.size > 0) {
    invalid("a value in the query has a size and no bytes");
  }
  std::string code;
  append_value(code, value);
  // The id stands last, and is never NULL.
  return by_key() && at == 1 ? code.substr(1) : code;
}

void Search::read_bounds(const sdk::QueryView& query) {
  const auto equals = query.equals();
  const std::size_t components = by_key() ? 2 : index_->fields.size();
  if (equals.size() > components) invalid("more values than the index has fields");
  std::string base = tenant_;
  for (std::size_t at = 0; at < equals.size(); ++at) {
    base += component_code(at, equals[at]);
    if (at == 0) partition_low_ = base;
  }
  low_ = base;
  high_ = behind(base);
  if (query.range() != GH_RANGE_NONE) {
    if (equals.size() >= components) invalid("a range behind the last field of the index");
    read_range(query, base, equals.size());
  }
  bounds_inside_partition_ = by_key() && (equals.size() == 2 || (equals.size() == 1 && query.range() != GH_RANGE_NONE));
  if (partition_low_.empty()) {
    partition_low_ = low_;
    partition_high_ = high_;
  } else {
    partition_high_ = behind(partition_low_);
  }
}

void Search::read_range(const sdk::QueryView& query, std::string base, std::size_t at) {
  if (query.range() > GH_RANGE_PREFIX) invalid("an unknown range");
  const auto bound = [&](const gh_value& value) {
    if (value.type == GH_NULL) invalid("a range begins or ends with null");
    return base + component_code(at, value);
  };
  if (query.range() == GH_RANGE_PREFIX) {
    if (!is_text(component_type(at))) invalid("a prefix on a field that is neither text nor bytes");
    // Without the end of the text.
    low_ = bound(query.low());
    low_.resize(low_.size() - 2);
    high_ = behind(low_);
    return;
  }
  if (query.range() == GH_RANGE_BELOW) {
    // NULL itself is in no range.
    low_ = by_key() && at == 1 ? base : base + not_null;
  } else {
    low_ = bound(query.low());
  }
  if (query.range() != GH_RANGE_FROM) high_ = bound(query.high());
}

std::vector<std::size_t> Search::buckets(const sdk::QueryView& query) {
  const auto equals = query.equals();
  if (!equals.empty() && equals[0].type == GH_TEXT) {
    const std::size_t bucket = Layout::bucket_of(query.tenant(), sdk::view(equals[0].s));
    if (by_key()) return {bucket};
    const auto number = static_cast<std::size_t>(index_ - kind_.indexes().data());
    if (!held_.strays[number].load(std::memory_order_relaxed)) {
      stray_name_ = kind_.name() + '.' + index_->name;
      return {bucket};
    }
  }
  std::vector<std::size_t> all(bucket_count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

bool Search::inside(const std::string& order) const noexcept {
  return low_ <= order && order < high_ && (!after_ || before(*after_, order));
}

Question Search::question(std::size_t bucket, std::uint64_t limit) const {
  std::string from = '[' + low_;
  std::string to = '(' + high_;
  std::string partition_from = '[' + partition_low_;
  std::string partition_to = '(' + partition_high_;
  if (after_) {
    (descending_ ? to : from) = '(' + *after_ + (descending_ ? std::string() : behind_all);
    if (by_key()) {
      // The end of the tenant is 2 bytes, and then comes what is not NULL; the partition ends like the tenant.
      const auto end = after_->find(std::string_view("\0\0", 2), tenant_.size() + 1) + 2;
      const std::string partition = after_->substr(0, end);
      (descending_ ? partition_to : partition_from) = descending_ ? '(' + behind(partition) : '[' + partition;
    }
  }
  std::vector<std::string> keys = {layout_.probe(bucket)};
  std::vector<std::string> arguments = {number_code(call_.now_us()),
                                        layout_.record_prefix(bucket, kind_.name()),
                                        tenant_,
                                        descending_ ? "1" : "",
                                        std::to_string(limit),
                                        count_in_redis_ ? "1" : "",
                                        stray_name_};
  const auto add = [&](const std::string& index, std::string& begin, std::string& end, const char* whole) {
    keys.push_back(layout_.index(bucket, kind_.name(), index));
    arguments.insert(arguments.end(), {std::to_string(keys.size()), std::move(begin), std::move(end), whole});
  };
  if (by_key() && kind_.carrier()) add(kind_.indexes()[*kind_.carrier()].name, partition_from, partition_to, "1");
  add(by_key() ? std::string() : index_->name, from, to, "");
  if (!stray_name_.empty()) keys.push_back(layout_.strays(bucket));
  return Question(Layout::slot(bucket), Question::Effect::Repeatable, backend_.script(Script::Find, keys, arguments));
}

Search::Gathered Search::gather(std::uint64_t limit) {
  for (int round = 0; round < most_rounds; ++round) {
    std::vector<Question> questions;
    for (const std::size_t bucket : buckets_) questions.push_back(question(bucket, limit));
    const auto answers = questions.size() == 1 ? std::vector<Reply>{backend_.ask(questions.front(), call_)}
                                               : backend_.ask_all(questions, call_);
    Gathered gathered;
    bool settled = true;
    for (std::size_t at = 0; at < answers.size() && settled; ++at) {
      settled = read(answers[at], buckets_[at], gathered, settled);
    }
    if (settled) return gathered;
  }
  throw sdk::StatusError(GH_UNAVAILABLE, "Redis moves its records faster than they can be read");
}

bool Search::read(const Reply& answer, std::size_t bucket, Gathered& into, bool& settled) {
  if (!answer.is_array()) {
    // Somebody has put records away from home since we last looked: from now on all buckets are asked.
    held_.strays[static_cast<std::size_t>(index_ - kind_.indexes().data())].store(true, std::memory_order_relaxed);
    stray_name_.clear();
    buckets_.resize(bucket_count);
    std::iota(buckets_.begin(), buckets_.end(), std::size_t{0});
    return false;
  }
  const bool with_carrier = by_key() && kind_.carrier();
  for (std::size_t range = 0; range < answer.size(); ++range) {
    read_range(answer[range], with_carrier && range == 0, bucket, into, settled);
  }
  return settled;
}

void Search::read_range(const Reply& range, bool of_carrier, std::size_t bucket, Gathered& into, bool& settled) {
  into.count += static_cast<std::uint64_t>(range[1].integer());
  std::string last;
  for (std::size_t at = 2; at + 1 < range.size(); at += 2) {
    Found found{{}, key_of_entry(range[at].text()), range[at], range[at + 1]};
    if (found.record.text().empty()) {
      const std::string index = of_carrier ? kind_.indexes()[*kind_.carrier()].name
                                : by_key() ? std::string()
                                           : index_->name;
      std::string record = layout_.record_prefix(bucket, kind_.name()) + tenant_;
      (record += found.key.partition) += found.key.id;
      const Command forget = backend_.script(Script::Forget, {layout_.index(bucket, kind_.name(), index), record},
                                             {std::string(found.entry.text())});
      // The record is there after all: its slot is being moved, or it has just been written.
      if (backend_.ask(Question(Layout::slot(bucket), Question::Effect::Repeatable, forget), call_).integer() == 0) {
        settled = false;
      }
      continue;
    }
    if (by_key()) {
      found.order = tenant_;
      ((found.order += not_null) += found.key.partition) += found.key.id;
      last = found.order;
      if (of_carrier) {
        last.resize(last.size() - found.key.id.size());
        if (!descending_) last += behind_all;
      }
    } else {
      found.order = sort_key(found.entry.text());
      last = found.order;
    }
    if (inside(found.order)) into.found.push_back(std::move(found));
  }
  const bool truncated = range[0].integer() != 0;
  if (truncated && (!into.horizon || before(last, *into.horizon))) into.horizon = last;
}

std::vector<Search::Found> Search::page() {
  const std::uint64_t wanted = std::uint64_t{limit_} + 1;
  std::uint64_t limit = wanted;
  for (;;) {
    if (buckets_.size() > 1) limit = std::min(wanted, limit == wanted ? wanted / 64 + spare_per_bucket : limit * 8);
    Gathered gathered = gather(limit);
    auto& found = gathered.found;
    if (gathered.horizon) {
      const auto beyond = [&](const Found& one) { return before(*gathered.horizon, one.order); };
      found.erase(std::remove_if(found.begin(), found.end(), beyond), found.end());
    }
    if (!gathered.complete() && found.size() < wanted && limit < wanted) continue;
    std::sort(found.begin(), found.end(), [&](const Found& a, const Found& b) { return before(a.order, b.order); });
    return std::move(found);
  }
}

sdk::Status Search::run(const sdk::RecordSink& sink, const sdk::FindOut& out) {
  if (count_only_) return count(out);
  const auto found = page();
  std::uint64_t delivered = 0;
  for (const Found& one : found) {
    if (delivered == limit_) break;
    const Decoded record = decode(kind_, one.record.text());
    const std::string partition = text_of(one.key.partition);
    const std::string id = text_of(one.key.id);
    const std::string tenant = text_of(tenant_);
    ++delivered;
    const bool more = sink.put({sdk::slice(tenant), sdk::slice(partition), sdk::slice(id)}, record.version,
                               record.values.data(), record.values.size());
    if (!more || (delivered == limit_ && found.size() > limit_)) {
      out.cursor(cursor_after(one));
      break;
    }
  }
  out.count(delivered);
  return {};
}

sdk::Status Search::count(const sdk::FindOut& out) {
  count_in_redis_ = !bounds_inside_partition_;
  const Gathered gathered = gather(count_in_redis_ ? limit_ : 0);
  const std::uint64_t count = count_in_redis_ ? gathered.count : gathered.found.size();
  out.count(limit_ == 0 ? count : std::min<std::uint64_t>(count, limit_));
  return {};
}

}  // namespace gatehouse::store_redis
