// SPDX-License-Identifier: Apache-2.0
#include "plugin_fixture.h"

#include "calling.h"

#include <gatehouse/store_watch.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

extern "C" const gh_plugin gatehouse_plugin_store_postgres;

namespace gatehouse::test {
namespace {

using check::store::kind::Plain;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds long_enough = std::chrono::seconds(30);

gh_slice slice(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
gh_value text(std::string_view value) { return {GH_TEXT, 0, 0, slice(value)}; }

const gh_plugin& entry() { return gatehouse_plugin_store_postgres; }

template <class Table>
const Table& table_of(const char* id) {
  for (std::uint32_t at = 0; at < entry().interface_count; ++at) {
    const auto& offered = entry().interfaces[at];
    if (std::strcmp(offered.id, id) == 0) return *static_cast<const Table*>(offered.table);
  }
  throw std::runtime_error(std::string("the plugin does not offer ") + id);
}
const gh_store_v1& store_table() { return table_of<gh_store_v1>(GH_STORE_V1); }
const gh_store_watch_v1& watch_table() { return table_of<gh_store_watch_v1>(GH_STORE_WATCH_V1); }

check::store::Key key_of(const std::string& id) { return {"t", "p", id}; }

check::store::Write write_of(const std::string& id, std::int64_t expected, const std::string& value) {
  return check::store::put(Plain, key_of(id), expected, check::store::plain_of(value));
}

}  // namespace

gh_host PostgresPlugin::make_host() {
  gh_host host{};
  host.struct_size = sizeof(host);
  host.abi_minor = GH_ABI_MINOR;
  host.log = [](void*, std::uint32_t, gh_slice) {};
  host.monotonic_ns = [](void*) -> std::int64_t { return steady_clock::now().time_since_epoch().count(); };
  host.wall_us = [](void*) -> std::int64_t { return 0; };
  host.random_bytes = [](void*, std::uint8_t*, std::uint64_t) -> gh_status { return GH_UNAVAILABLE; };
  host.count = [](void*, gh_slice, std::uint64_t) {};
  return host;
}

template <class Verb>
PostgresPlugin::Answer PostgresPlugin::timed(Time time, Verb&& verb) {
  Answer answer;
  const auto begin = steady_clock::now();
  gh_call call = check::store::call_at(check::store::now, answer.words);
  call.deadline_ns = (begin + time).time_since_epoch().count();
  answer.status = verb(call, answer);
  answer.took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
  return answer;
}

PostgresPlugin::PostgresPlugin(const std::string& url, const std::string& schema, const Numbers& numbers,
                               const Names& feed)
    : host_(make_host()) {
  make(url, schema, numbers, feed);
  verbs_.emplace(store_table(), instance_, check::store::suite_kinds());
  const auto opened = verbs_->open();
  if (opened.status == GH_OK) return;
  entry().destroy(instance_);
  throw std::runtime_error("open: " + opened.words);
}

void PostgresPlugin::make(const std::string& url, const std::string& schema, const Numbers& numbers,
                          const Names& feed) {
  // What is not tested here is not to fail on a machine that is busy with other things.
  const std::string patient_url = url + "&connect_timeout=30";
  Numbers all = {{"max_connections", 4}, {"pool_wait", 30'000'000}};
  for (const auto& [key, value] : numbers) all[key] = value;
  std::vector<gh_config_entry> config = {{slice("url"), text(patient_url)},
                                         {slice("schema"), text(schema)},
                                         {slice("role"), text("gatehouse_app")},
                                         {slice("create_tables"), {GH_BOOL, 0, 1, {nullptr, 0}}}};
  for (const auto& [key, value] : all) config.push_back({slice(key), {GH_INT, 0, value, {nullptr, 0}}});
  for (const auto& kind : feed) config.push_back({slice("feed"), text(kind)});
  gh_create_args args{};
  args.struct_size = sizeof(args);
  args.host = &host_;
  args.config = config.data();
  args.config_count = config.size();
  args.config_stride = sizeof(gh_config_entry);
  std::string words;
  const gh_call call = check::store::call_at(0, words);
  if (entry().create(&args, &call, &instance_) != GH_OK) throw std::runtime_error("create: " + words);
  if (entry().start(instance_, &call) != GH_OK) throw std::runtime_error("start: " + words);
}

PostgresPlugin::~PostgresPlugin() {
  drain();
  entry().destroy(instance_);
}

void PostgresPlugin::drain() {
  if (std::exchange(drained_, true)) return;
  std::string words;
  const gh_call call = check::store::call_at(0, words);
  entry().drain(instance_, &call);
}

PostgresPlugin::Answer PostgresPlugin::get(const std::string& id, Time time) const {
  return timed(time, [&](const gh_call& call, Answer& answer) {
    const auto got = verbs_->get(Plain, key_of(id), call);
    answer.version = got.record ? got.record->version : 0;
    return got.status;
  });
}

PostgresPlugin::Answer PostgresPlugin::get_two(const std::string& a, const std::string& b, Time time) const {
  return timed(time, [&](const gh_call& call, Answer& answer) {
    const auto got = verbs_->get_many({{Plain, key_of(a)}, {Plain, key_of(b)}}, call);
    for (const auto& record : got.records) answer.found += record ? 1u : 0u;
    return got.status;
  });
}

PostgresPlugin::Answer PostgresPlugin::commit(const std::vector<check::store::Write>& writes, Time time) const {
  return timed(time, [&](const gh_call& call, Answer&) { return verbs_->commit(writes, call).status; });
}

PostgresPlugin::Answer PostgresPlugin::put(const std::string& id, std::int64_t expected, const std::string& value,
                                           Time time) const {
  return commit({write_of(id, expected, value)}, time);
}

PostgresPlugin::Answer PostgresPlugin::put_two(const std::string& a, const std::string& b, std::int64_t expected,
                                               Time time) const {
  return commit({write_of(a, expected, "two"), write_of(b, expected, "two")}, time);
}

PostgresPlugin::Answer PostgresPlugin::ping(Time time) const {
  return timed(time, [&](const gh_call& call, Answer&) { return store_table().ping(instance_, &call); });
}

std::unique_ptr<PostgresServer> PostgresFaults::server_;
int PostgresFaults::schemas_ = 0;

void PostgresFaults::SetUpTestSuite() { server_ = std::make_unique<PostgresServer>(); }
void PostgresFaults::TearDownTestSuite() { server_.reset(); }

PostgresFaults::PostgresFaults() : schema_("faults" + std::to_string(++schemas_)) {}

std::unique_ptr<PostgresPlugin> PostgresFaults::plugin(const PostgresPlugin::Numbers& numbers,
                                                       const PostgresPlugin::Names& feed) const {
  return std::make_unique<PostgresPlugin>(server().url(), schema_, numbers, feed);
}

gh_status PostgresWatch::refused(const PostgresPlugin& plugin, std::string& words) {
  gh_call call = check::store::call_at(check::store::now, words);
  call.deadline_ns = (steady_clock::now() + long_enough).time_since_epoch().count();
  const std::uint32_t kind = Plain;
  std::uint64_t id = 0;
  return watch_table().watch(plugin.instance(), &call, &kind, 1, &id);
}

PostgresWatch::PostgresWatch(const PostgresPlugin& plugin) : plugin_(plugin) {
  std::string words;
  gh_call call = check::store::call_at(check::store::now, words);
  call.deadline_ns = (steady_clock::now() + long_enough).time_since_epoch().count();
  const std::uint32_t kind = Plain;
  if (watch_table().watch(plugin.instance(), &call, &kind, 1, &id_) != GH_OK) throw std::runtime_error(words);
}

PostgresWatch::~PostgresWatch() {
  std::string words;
  const gh_call call = check::store::call_at(check::store::now, words);
  watch_table().unwatch(plugin_.instance(), &call, id_);
}

template <class Enough>
std::vector<std::string> PostgresWatch::collect(const Enough& enough) const {
  std::vector<std::string> told;
  const gh_change_sink sink{&told, [](void* context, const gh_change* change) {
                              auto& all = *static_cast<std::vector<std::string>*>(context);
                              if (change->what == GH_CHANGE_MISSED) return all.emplace_back("missed"), void();
                              const auto id = std::string(check::view(change->key.id));
                              all.push_back((change->what == GH_CHANGE_PUT ? "put " : "delete ") + id + " " +
                                            std::to_string(change->version));
                            }};
  const auto until = steady_clock::now() + std::chrono::seconds(20);
  while (!enough(told) && steady_clock::now() < until) {
    std::string words;
    gh_call call = check::store::call_at(check::store::now, words);
    call.deadline_ns = until.time_since_epoch().count();
    if (watch_table().wait(plugin_.instance(), &call, id_, &sink) != GH_OK) throw std::runtime_error(words);
  }
  return told;
}

std::vector<std::string> PostgresWatch::read(std::size_t count) const {
  return collect([&](const auto& told) { return told.size() >= count; });
}

std::vector<std::string> PostgresWatch::read_until(const std::string& last) const {
  return collect([&](const auto& told) { return std::find(told.begin(), told.end(), last) != told.end(); });
}

milliseconds recovery(const PostgresPlugin& plugin) {
  const auto begin = steady_clock::now();
  while (plugin.ping(std::chrono::seconds(1)).status != GH_OK) {
    if (steady_clock::now() - begin > long_enough) throw std::runtime_error("the plugin did not recover");
  }
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
}

}  // namespace gatehouse::test
