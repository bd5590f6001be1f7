// SPDX-License-Identifier: Apache-2.0
#include "store/watch.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace gatehouse::check::store {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// For what must not come: a feed that would tell it has had the time.
constexpr auto moment_of_silence = 20ms;
constexpr auto patience = 10s;

std::string owned_text(gh_slice slice) { return std::string(view(slice)); }

}  // namespace

std::string text_of(const Change& change) {
  if (change.what == GH_CHANGE_MISSED) return "missed";
  return std::string(change.what == GH_CHANGE_PUT ? "put of " : "delete of ") + text_of(change.key) + " version " +
         std::to_string(change.version);
}

std::string text_of(const Changes& changes) {
  std::string text;
  const std::size_t shown = std::min<std::size_t>(changes.size(), 8);
  for (std::size_t at = 0; at < shown; ++at) text.append(at == 0 ? "" : ", ").append(text_of(changes[at]));
  if (shown < changes.size()) text.append(", .. ").append(std::to_string(changes.size())).append(" in all");
  return text.empty() ? "nothing" : text;
}

Changes changes_of(const std::vector<Write>& writes) {
  Changes changes;
  for (const Write& write : writes) {
    const bool is_put = write.op == GH_WRITE_PUT;
    changes.push_back(
        {is_put ? GH_CHANGE_PUT : GH_CHANGE_DELETE, write.kind, write.key, write.expected + (is_put ? 1 : 0)});
  }
  return changes;
}

Watch::Watch(const Store& store, const std::vector<std::uint32_t>& kinds)
    : store_(store), table_(store.context().table_of<gh_store_watch_v1>(GH_STORE_WATCH_V1)), kinds_(kinds) {
  std::vector<std::uint32_t> actual;
  for (const std::uint32_t kind : kinds) actual.push_back(store.actual(kind));
  Calling calling(store.context(), "store_watch.watch");
  const gh_status status =
      calling.done(table_.watch(store.instance(), calling.call(), actual.data(), actual.size(), &id_));
  if (status == GH_UNSUPPORTED) throw NotHeld{"a watch of it: " + calling.words()};
  if (status != GH_OK) store.differ("GH_OK", status_name(status) + ": " + calling.words(), "watch");
  if (id_ == 0) store.differ("a watch with a name", "0", "watch");
}

Watch::~Watch() {
  if (id_ != 0) end();
}

gh_status Watch::end() {
  Calling calling(store_.context(), "store_watch.unwatch");
  return calling.done(table_.unwatch(store_.instance(), calling.call(), std::exchange(id_, 0)));
}

Watch::Told Watch::wait(std::chrono::nanoseconds time) const {
  struct Receiver {
    const Watch& watch;
    Told told;
    static void put(void* context, const gh_change* raw) {
      auto& self = Calling::receiver_of<Receiver>(context);
      self.watch.store_.context().expect(raw != nullptr && raw->struct_size >= sizeof(gh_change),
                                         "wait gave a change that is shorter than its struct");
      ++self.told.delivered;
      if (raw->what == GH_CHANGE_MISSED) {
        self.told.changes.push_back({GH_CHANGE_MISSED});
        return;
      }
      const Key key{owned_text(raw->key.tenant), owned_text(raw->key.partition), owned_text(raw->key.id)};
      if (key.tenant == self.watch.store_.tenant()) self.watch.take(*raw, key, self.told.changes);
    }
  };
  Receiver receiver{*this, {}};
  Calling calling(store_.context(), "store_watch.wait", {.timeout = time}, &receiver);
  const gh_change_sink sink{calling.sink_context(), &Receiver::put};
  receiver.told.status = calling.done(table_.wait(store_.instance(), calling.call(), id_, &sink));
  return std::move(receiver.told);
}

void Watch::take(const gh_change& raw, const Key& key, Changes& changes) const {
  const auto at =
      std::find_if(kinds_.begin(), kinds_.end(), [&](auto kind) { return store_.actual(kind) == raw.kind; });
  if (at == kinds_.end()) store_.differ("changes of watched kinds", "one of kind " + std::to_string(raw.kind), "wait");
  changes.push_back({raw.what, *at, key, raw.version});
}

Changes Watch::read(std::size_t count) const {
  Changes changes;
  for (const auto until = Clock::now() + patience; changes.size() < count && Clock::now() < until;) {
    const Told told = wait(1s);
    if (told.status != GH_OK) store_.differ("GH_OK", status_name(told.status), "wait");
    changes.insert(changes.end(), told.changes.begin(), told.changes.end());
  }
  const bool missed = std::any_of(changes.begin(), changes.end(), [](auto& c) { return c.what == GH_CHANGE_MISSED; });
  if (missed) store_.differ("a feed that misses nothing on a backend that is well", text_of(changes), "wait");
  if (changes.size() < count) {
    store_.differ(std::to_string(count) + " changes within 10 s", text_of(changes), "wait, again and again");
  }
  return changes;
}

Changes Watch::read_all(std::size_t count) const {
  Changes changes = read(count);
  const Told rest = wait(moment_of_silence);
  changes.insert(changes.end(), rest.changes.begin(), rest.changes.end());
  return changes;
}

}  // namespace gatehouse::check::store
