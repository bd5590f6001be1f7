// SPDX-License-Identifier: Apache-2.0
#include "providers/change_feed.h"

#include "provider_fixture.h"

#include <gatehouse/store_watch.h>

#include <gmock/gmock.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::providers {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// The feed of a plugin, moved by the test. The slots have no other way to it than this.
struct FakeFeed {
  std::mutex mutex;
  std::condition_variable changed;
  gh_status watch_status = GH_OK;
  std::uint64_t watch = 0;  // that there is
  std::uint64_t watches = 0;
  int asked = 0;
  bool lost = false;  // the next wait finds no watch
  std::deque<gh_change> changes;

  void tell(const gh_change& change) {
    const std::lock_guard lock(mutex);
    changes.push_back(change);
    changed.notify_all();
  }
  void lose() {
    const std::lock_guard lock(mutex);
    lost = true;
    changed.notify_all();
  }
};
FakeFeed* feed = nullptr;

gh_status watch(gh_instance*, const gh_call*, const std::uint32_t* kinds, std::uint64_t count, std::uint64_t* id) {
  EXPECT_THAT(std::vector(kinds, kinds + count), ElementsAre(4u));
  const std::lock_guard lock(feed->mutex);
  ++feed->asked;
  if (feed->watch_status == GH_OK) *id = feed->watch = ++feed->watches;
  feed->changed.notify_all();
  return feed->watch_status;
}

gh_status wait(gh_instance*, const gh_call*, std::uint64_t id, const gh_change_sink* sink) {
  std::deque<gh_change> taken;
  {
    std::unique_lock lock(feed->mutex);
    feed->changed.wait(lock, [&] { return feed->watch != id || feed->lost || !feed->changes.empty(); });
    if (feed->watch != id || std::exchange(feed->lost, false)) return GH_NOT_FOUND;
    taken.swap(feed->changes);
  }
  for (const auto& change : taken) sink->put(sink->context, &change);
  return GH_OK;
}

gh_status unwatch(gh_instance*, const gh_call*, std::uint64_t id) {
  const std::lock_guard lock(feed->mutex);
  if (feed->watch == id) feed->watch = 0;
  feed->changed.notify_all();
  return GH_OK;
}

constexpr gh_store_watch_v1 table = {sizeof(gh_store_watch_v1), 0, watch, wait, unwatch};
constexpr gh_interface interfaces[] = {{GH_STORE_WATCH_V1, &table}};

gh_change change_of(std::uint32_t what, std::string_view id, std::int64_t version, std::uint32_t kind = 4) {
  return {sizeof(gh_change), what, kind, 0, version, {slice("t"), slice("u"), slice(id)}};
}

class ChangeFeedTest : public testing::Test {
 protected:
  ChangeFeedTest() {
    feed = &fake;
    plugin.entry.interfaces = interfaces;
    plugin.entry.interface_count = 1;
    instance = std::make_unique<plugins::Instance>(plugin.entry, plugin.config(), host.services(),
                                                   std::vector<std::string>{GH_STORE_WATCH_V1});
    instance->start();
    changes.emplace(
        *instance, std::vector<KindId>{4}, [this](const Change& change) { hear(change); }, host.clock, host.log);
  }

  void hear(const Change& change) {
    const std::lock_guard lock(mutex);
    const auto named = [&](const char* what) {
      return std::string(what) + " " + std::string(change.key.id) + "@" + std::to_string(change.version);
    };
    heard.push_back(change.what == Change::What::Missed ? "missed"
                    : change.what == Change::What::Put  ? named("put")
                                                        : named("delete"));
    told.notify_all();
  }
  std::vector<std::string> hear_so_many(std::size_t count) {
    std::unique_lock lock(mutex);
    told.wait_for(lock, 20s, [&] { return heard.size() >= count; });
    return heard;
  }

  test::PluginHost host;
  test::ScriptedPlugin plugin;
  FakeFeed fake;
  std::unique_ptr<plugins::Instance> instance;
  std::mutex mutex;
  std::condition_variable told;
  std::vector<std::string> heard;
  std::optional<ChangeFeed> changes;
};

TEST_F(ChangeFeedTest, TellsWhatWasMissedBeforeAndEveryChange) {
  changes->start();
  fake.tell(change_of(GH_CHANGE_PUT, "a", 1));
  fake.tell(change_of(GH_CHANGE_DELETE, "a", 1));
  fake.tell({sizeof(gh_change), GH_CHANGE_MISSED, 0, 0, 0, {}});
  EXPECT_THAT(hear_so_many(4), ElementsAre("missed", "put a@1", "delete a@1", "missed"));
}

TEST_F(ChangeFeedTest, BeginsAnewWhenItsWatchIsGone) {
  changes->start();
  hear_so_many(1);
  fake.lose();
  EXPECT_THAT(hear_so_many(2), ElementsAre("missed", "missed"));
  fake.tell(change_of(GH_CHANGE_PUT, "a", 1));
  EXPECT_THAT(hear_so_many(3), ElementsAre("missed", "missed", "put a@1"));
}

TEST_F(ChangeFeedTest, DoesNotBelieveWhatCannotBe) {
  changes->start();
  hear_so_many(1);
  fake.tell(change_of(GH_CHANGE_PUT, "elsewhere", 1, 3));
  EXPECT_THAT(hear_so_many(2), ElementsAre("missed", "missed")) << "it began anew";
  EXPECT_TRUE(host.log.contains("told of a change that cannot be"));
}

TEST_F(ChangeFeedTest, OfAStoreThatDoesNotTellEndsAndSaysSoOnce) {
  fake.watch_status = GH_UNSUPPORTED;
  changes->start();
  {
    std::unique_lock lock(fake.mutex);
    EXPECT_TRUE(fake.changed.wait_for(lock, 20s, [&] { return fake.asked == 1; }));
  }
  changes->stop();
  EXPECT_EQ(fake.asked, 1);
  EXPECT_THAT(heard, testing::IsEmpty());
  EXPECT_TRUE(host.log.contains("the store does not tell of these commits"));
}

TEST_F(ChangeFeedTest, StopsWhileItWaitsAndIsSilentThen) {
  changes->start();
  hear_so_many(1);
  changes->stop();
  EXPECT_EQ(fake.watch, 0u) << "the watch is left behind";
  fake.tell(change_of(GH_CHANGE_PUT, "a", 1));
  EXPECT_THAT(heard, ElementsAre("missed"));
}

}  // namespace
}  // namespace gatehouse::providers
