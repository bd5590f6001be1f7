// SPDX-License-Identifier: Apache-2.0
#include "support/plugin_faults.h"

#include "plugins/instance.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/rate_limiter.h>

#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace gatehouse::test {
namespace {

constexpr const char* self_setting = "test_faults";

std::string_view view(const gh_slice& slice) {
  return {reinterpret_cast<const char*>(slice.data), static_cast<std::size_t>(slice.size)};
}

template <class T>
const T& row(const T* first, std::uint32_t at, std::uint32_t stride) {
  return *reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(first) + std::size_t{at} * stride);
}

const void* table_of(const gh_plugin& plugin, std::string_view id) {
  for (std::uint32_t i = 0; i < plugin.interface_count; ++i) {
    const auto& each = row(plugin.interfaces, i, plugin.interface_stride);
    if (each.id == id) return each.table;
  }
  throw std::logic_error("the plugin behind the faults does not offer " + std::string(id));
}

// What the host holds as the instance.
struct Front {
  VerbFaults* faults;
  gh_instance* instance;

  static Front& of(gh_instance* self) { return *reinterpret_cast<Front*>(self); }
};

gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  for (std::uint64_t i = 0; i < args->config_count; ++i) {
    if (view(args->config[i].key) != self_setting) continue;
    auto* faults = reinterpret_cast<VerbFaults*>(args->config[i].value.i);
    gh_instance* real = nullptr;
    // The real plugin sees the setting too, and does not ask for it.
    const auto status = faults->real().create(args, call, &real);
    if (status == GH_OK && real != nullptr) *out = reinterpret_cast<gh_instance*>(new Front{faults, real});
    return status;
  }
  return GH_INVALID;
}

gh_status start(gh_instance* self, const gh_call* call) {
  auto& front = Front::of(self);
  return front.faults->real().start(front.instance, call);
}
gh_status drain(gh_instance* self, const gh_call* call) {
  auto& front = Front::of(self);
  return front.faults->real().drain(front.instance, call);
}
void destroy(gh_instance* self) {
  auto& front = Front::of(self);
  front.faults->real().destroy(front.instance);
  delete &front;
}

// One call: what it meets here, and the real plugin's side of it.
template <class FaultsType, class Table>
struct Passage {
  explicit Passage(gh_instance* self)
      : faults(static_cast<FaultsType&>(*Front::of(self).faults)),
        table(*static_cast<const Table*>(faults.real_table())),
        instance(Front::of(self).instance) {}
  FaultsType& faults;
  const Table& table;
  gh_instance* instance;
};

template <class F>
gh_status run(VerbFaults& faults, std::size_t verb, F&& forward) noexcept {
  const auto plan = faults.begin(verb);
  if (plan.instead) return *plan.instead;
  const auto status = forward();
  return plan.after.value_or(status);
}

using StorePassage = Passage<StoreFaults, gh_store_v1>;

struct ChangingSink {
  const gh_record_sink& sink;
  std::function<void(gh_record&)> change;

  static std::int32_t put(void* context, const gh_record* record) {
    auto& self = *static_cast<ChangingSink*>(context);
    auto changed = *record;
    self.change(changed);
    return self.sink.put(self.sink.context, &changed);
  }
};

template <class F>
gh_status deliver(const StoreFaults& faults, const gh_record_sink* sink, F&& forward) {
  ChangingSink changing{*sink, faults.change()};
  if (!changing.change) return forward(sink);
  const gh_record_sink between{&changing, &ChangingSink::put};
  return forward(&between);
}

struct ChangingGetSink {
  const gh_get_sink& sink;
  std::function<void(gh_record&)> change;

  static void put(void* context, std::uint64_t get, const gh_record* record) {
    auto& self = *static_cast<ChangingGetSink*>(context);
    auto changed = *record;
    if (self.change) self.change(changed);
    self.sink.put(self.sink.context, get, &changed);
  }
};

constexpr auto at(StoreVerb verb) { return static_cast<std::size_t>(verb); }

gh_status store_open(gh_instance* self, const gh_call* call, const gh_schema* schema) {
  const StorePassage p(self);
  return run(p.faults, at(StoreVerb::Open), [&] { return p.table.open(p.instance, call, schema); });
}
gh_status store_get(gh_instance* self, const gh_call* call, std::uint32_t kind, const gh_key* key,
                    const gh_record_sink* sink) {
  const StorePassage p(self);
  return run(p.faults, at(StoreVerb::Get), [&] {
    return deliver(p.faults, sink, [&](const auto* s) { return p.table.get(p.instance, call, kind, key, s); });
  });
}
gh_status store_find(gh_instance* self, const gh_call* call, const gh_query* query, const gh_record_sink* sink,
                     gh_find_out* out) {
  const StorePassage p(self);
  return run(p.faults, at(StoreVerb::Find), [&] {
    return deliver(p.faults, sink, [&](const auto* s) { return p.table.find(p.instance, call, query, s, out); });
  });
}
gh_status store_commit(gh_instance* self, const gh_call* call, const gh_write* writes, std::uint64_t count,
                       std::uint64_t stride, gh_commit_out* out) {
  const StorePassage p(self);
  return run(p.faults, at(StoreVerb::Commit),
             [&] { return p.table.commit(p.instance, call, writes, count, stride, out); });
}
gh_status store_purge(gh_instance* self, const gh_call* call, std::uint32_t kind, std::int64_t before,
                      std::uint32_t limit, std::uint64_t* deleted) {
  const StorePassage p(self);
  return run(p.faults, at(StoreVerb::Purge),
             [&] { return p.table.purge(p.instance, call, kind, before, limit, deleted); });
}
gh_status store_ping(gh_instance* self, const gh_call* call) {
  const StorePassage p(self);
  return run(p.faults, at(StoreVerb::Ping), [&] { return p.table.ping(p.instance, call); });
}
gh_status store_get_many(gh_instance* self, const gh_call* call, const gh_get* gets, std::uint64_t count,
                         std::uint64_t stride, const gh_get_sink* sink) {
  const StorePassage p(self);
  return run(p.faults, at(StoreVerb::Get), [&] {
    ChangingGetSink changing{*sink, p.faults.change()};
    const gh_get_sink between{&changing, &ChangingGetSink::put};
    return p.table.get_many(p.instance, call, gets, count, stride, &between);
  });
}
constexpr gh_store_v1 store_table = {sizeof(gh_store_v1), GH_STORE_CROSS_PARTITION,
                                     store_open,          store_get,
                                     store_find,          store_commit,
                                     store_purge,         store_ping,
                                     store_get_many};

using KmsPassage = Passage<KmsFaults, gh_kms_v1>;
constexpr auto at(KmsVerb verb) { return static_cast<std::size_t>(verb); }

gh_status kms_ensure(gh_instance* self, const gh_call* call, gh_slice purpose, std::uint32_t algorithm) {
  const KmsPassage p(self);
  return run(p.faults, at(KmsVerb::Ensure), [&] { return p.table.ensure(p.instance, call, purpose, algorithm); });
}
gh_status kms_keys(gh_instance* self, const gh_call* call, gh_slice purpose, const gh_key_sink* sink) {
  const KmsPassage p(self);
  return run(p.faults, at(KmsVerb::Keys), [&] { return p.table.keys(p.instance, call, purpose, sink); });
}
gh_status kms_mac(gh_instance* self, const gh_call* call, gh_slice purpose, std::uint32_t version, gh_slice message,
                  std::uint8_t* out, std::uint32_t* used) {
  const KmsPassage p(self);
  return run(p.faults, at(KmsVerb::Mac),
             [&] { return p.table.mac(p.instance, call, purpose, version, message, out, used); });
}
gh_status kms_sign(gh_instance* self, const gh_call* call, gh_slice purpose, std::uint32_t version, gh_slice message,
                   const gh_bytes_sink* signature, std::uint32_t* used) {
  const KmsPassage p(self);
  return run(p.faults, at(KmsVerb::Sign),
             [&] { return p.table.sign(p.instance, call, purpose, version, message, signature, used); });
}
gh_status kms_rotate(gh_instance* self, const gh_call* call, gh_slice purpose, std::uint32_t* version) {
  const KmsPassage p(self);
  return run(p.faults, at(KmsVerb::Rotate), [&] { return p.table.rotate(p.instance, call, purpose, version); });
}
gh_status kms_ping(gh_instance* self, const gh_call* call) {
  const KmsPassage p(self);
  return run(p.faults, at(KmsVerb::Ping), [&] { return p.table.ping(p.instance, call); });
}
constexpr gh_kms_v1 kms_table = {sizeof(gh_kms_v1), 0,          kms_ensure, kms_keys, kms_mac,
                                 kms_sign,          kms_rotate, kms_ping,   nullptr};

using LimiterPassage = Passage<LimiterFaults, gh_rate_limiter_v1>;
constexpr auto at(LimiterVerb verb) { return static_cast<std::size_t>(verb); }

gh_status limiter_take(gh_instance* self, const gh_call* call, const gh_take* take, gh_take_out* out) {
  const LimiterPassage p(self);
  return run(p.faults, at(LimiterVerb::Take), [&] { return p.table.take(p.instance, call, take, out); });
}
gh_status limiter_reset(gh_instance* self, const gh_call* call, gh_slice key) {
  const LimiterPassage p(self);
  return run(p.faults, at(LimiterVerb::Reset), [&] { return p.table.reset(p.instance, call, key); });
}
gh_status limiter_ping(gh_instance* self, const gh_call* call) {
  const LimiterPassage p(self);
  return run(p.faults, at(LimiterVerb::Ping), [&] { return p.table.ping(p.instance, call); });
}
constexpr gh_rate_limiter_v1 limiter_table = {sizeof(gh_rate_limiter_v1), 0, limiter_take, limiter_reset, limiter_ping};

using MailPassage = Passage<MailFaults, gh_mail_transport_v1>;
constexpr auto at(MailVerb verb) { return static_cast<std::size_t>(verb); }

gh_status mail_send(gh_instance* self, const gh_call* call, const gh_mail* mail) {
  const MailPassage p(self);
  return run(p.faults, at(MailVerb::Send), [&] { return p.table.send(p.instance, call, mail); });
}
gh_status mail_ping(gh_instance* self, const gh_call* call) {
  const MailPassage p(self);
  return run(p.faults, at(MailVerb::Ping), [&] { return p.table.ping(p.instance, call); });
}
constexpr gh_mail_transport_v1 mail_table = {sizeof(gh_mail_transport_v1), 0, mail_send, mail_ping};

}  // namespace

VerbFaults::Plan VerbFaults::begin(std::size_t verb) {
  std::unique_lock lock(mutex_);
  auto& state = verbs_.at(verb);
  ++state.calls;
  ++state.waiting;
  changed_.notify_all();
  changed_.wait(lock, [&] { return !state.held; });
  --state.waiting;
  if (state.times == 0) return {};
  if (state.passing > 0) {
    --state.passing;
    return {};
  }
  if (state.times != for_ever) --state.times;
  return state.plan;
}

void VerbFaults::set(std::size_t verb, Plan plan, unsigned times, unsigned passing) {
  const std::lock_guard lock(mutex_);
  verbs_.at(verb).plan = plan;
  verbs_.at(verb).passing = passing;
  verbs_.at(verb).times = times;
}

void VerbFaults::hold_verb(std::size_t verb, bool held) {
  const std::lock_guard lock(mutex_);
  verbs_.at(verb).held = held;
  changed_.notify_all();
}

void VerbFaults::wait_held_verb(std::size_t verb, unsigned count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return verbs_.at(verb).held && verbs_.at(verb).waiting >= count; });
}

std::uint64_t VerbFaults::calls_of(std::size_t verb) const {
  const std::lock_guard lock(mutex_);
  return verbs_.at(verb).calls;
}

void VerbFaults::clear_all() {
  const std::lock_guard lock(mutex_);
  for (auto& verb : verbs_) {
    verb.times = 0;
    verb.held = false;
  }
  changed_.notify_all();
}

const gh_plugin& VerbFaults::disguise(const gh_plugin& real, plugins::InstanceConfig& config, gh_interface interface) {
  real_ = &real;
  real_table_ = table_of(real, interface.id);
  settings_.clear();
  for (std::uint32_t i = 0; i < real.setting_count; ++i)
    settings_.push_back(row(real.settings, i, real.setting_stride));
  settings_.push_back(
      {self_setting, nullptr, nullptr, "Where the test's object is.", GH_SETTING_INT, GH_SETTING_REQUIRED});
  config.settings.push_back({self_setting, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(this))});
  interface_ = interface;
  entry_ = real;
  entry_.settings = settings_.data();
  entry_.setting_count = static_cast<std::uint32_t>(settings_.size());
  entry_.setting_stride = sizeof(gh_setting);
  entry_.interfaces = &interface_;
  entry_.interface_count = 1;
  entry_.interface_stride = sizeof(gh_interface);
  entry_.create = create;
  entry_.start = start;
  entry_.drain = drain;
  entry_.destroy = destroy;
  return entry_;
}

const gh_plugin& StoreFaults::in_front_of(const gh_plugin& real, plugins::InstanceConfig& config) {
  return disguise(real, config, {GH_STORE_V1, &store_table});
}
const gh_plugin& KmsFaults::in_front_of(const gh_plugin& real, plugins::InstanceConfig& config) {
  return disguise(real, config, {GH_KMS_V1, &kms_table});
}
const gh_plugin& LimiterFaults::in_front_of(const gh_plugin& real, plugins::InstanceConfig& config) {
  return disguise(real, config, {GH_RATE_LIMITER_V1, &limiter_table});
}

const gh_plugin& MailFaults::in_front_of(const gh_plugin& real, plugins::InstanceConfig& config) {
  return disguise(real, config, {GH_MAIL_TRANSPORT_V1, &mail_table});
}

void StoreFaults::change_records(std::function<void(gh_record&)> change) {
  const std::lock_guard lock(change_mutex_);
  change_ = std::move(change);
}

std::function<void(gh_record&)> StoreFaults::change() const {
  const std::lock_guard lock(change_mutex_);
  return change_;
}

}  // namespace gatehouse::test
