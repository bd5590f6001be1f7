// SPDX-License-Identifier: Apache-2.0
#include "support/plugin_fakes.h"

#include <algorithm>
#include <array>

namespace gatehouse::test {
namespace {

constexpr const char* self_setting = "scripted_plugin";

gh_slice slice(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
std::string_view view(const gh_slice& s) { return {reinterpret_cast<const char*>(s.data), s.size}; }

ScriptedPlugin& of(gh_instance* self) { return *reinterpret_cast<ScriptedPlugin*>(self); }

template <class F, class... Args>
gh_status run(const F& hook, Args&&... args) {
  return hook ? hook(std::forward<Args>(args)...) : GH_OK;
}

ScriptedPlugin* find_self(const gh_create_args& args) {
  for (std::uint64_t i = 0; i < args.config_count; ++i) {
    if (view(args.config[i].key) == self_setting) return reinterpret_cast<ScriptedPlugin*>(args.config[i].value.i);
  }
  return nullptr;
}

gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  auto* self = find_self(*args);
  if (self == nullptr) return GH_INVALID;
  if (self->on_create) return self->on_create(*args, *call, out);
  *out = reinterpret_cast<gh_instance*>(self);
  return GH_OK;
}
gh_status start(gh_instance* self, const gh_call* call) { return run(of(self).on_start, *call); }
gh_status drain(gh_instance* self, const gh_call* call) { return run(of(self).on_drain, *call); }
void destroy(gh_instance* self) {
  if (of(self).on_destroy) of(self).on_destroy();
}
gh_status ping(gh_instance* self, const gh_call* call) { return run(of(self).on_ping, *call); }

gh_status open(gh_instance* self, const gh_call* call, const gh_schema* schema) {
  return run(of(self).on_open, *call, *schema);
}
gh_status get(gh_instance* self, const gh_call* call, std::uint32_t kind, const gh_key* key,
              const gh_record_sink* sink) {
  return run(of(self).on_get, *call, kind, *key, *sink);
}
gh_status find(gh_instance* self, const gh_call* call, const gh_query* query, const gh_record_sink* sink,
               gh_find_out* out) {
  return run(of(self).on_find, *call, *query, *sink, *out);
}
gh_status commit(gh_instance* self, const gh_call* call, const gh_write* writes, std::uint64_t count, std::uint64_t,
                 gh_commit_out* out) {
  return run(of(self).on_commit, *call, writes, count, *out);
}
gh_status purge(gh_instance* self, const gh_call* call, std::uint32_t, std::int64_t, std::uint32_t limit,
                std::uint64_t* deleted) {
  return run(of(self).on_purge, *call, limit, *deleted);
}
gh_status get_many(gh_instance* self, const gh_call* call, const gh_get* gets, std::uint64_t count, std::uint64_t,
                   const gh_get_sink* sink) {
  return run(of(self).on_get_many, *call, gets, count, *sink);
}
constexpr gh_store_v1 store = {sizeof(gh_store_v1), 0, open, get, find, commit, purge, ping, get_many};

gh_status ensure(gh_instance* self, const gh_call* call, gh_slice, std::uint32_t algorithm) {
  return run(of(self).on_ensure, *call, algorithm);
}
gh_status keys(gh_instance* self, const gh_call* call, gh_slice, const gh_key_sink* sink) {
  return run(of(self).on_keys, *call, *sink);
}
gh_status mac(gh_instance* self, const gh_call* call, gh_slice, std::uint32_t version, gh_slice, std::uint8_t* out,
              std::uint32_t* used) {
  return run(of(self).on_mac, *call, version, out, *used);
}
gh_status sign(gh_instance* self, const gh_call* call, gh_slice, std::uint32_t version, gh_slice,
               const gh_bytes_sink* signature, std::uint32_t* used) {
  return run(of(self).on_sign, *call, version, *signature, *used);
}
gh_status rotate(gh_instance* self, const gh_call* call, gh_slice, std::uint32_t* version) {
  return run(of(self).on_rotate, *call, *version);
}
gh_status rotate_to(gh_instance* self, const gh_call* call, gh_slice, std::uint32_t algorithm, std::int64_t from_us,
                    std::uint32_t* version) {
  return run(of(self).on_rotate_to, *call, algorithm, from_us, *version);
}
constexpr gh_kms_v1 kms = {sizeof(gh_kms_v1), 0, ensure, keys, mac, sign, rotate, ping, rotate_to};

gh_status take(gh_instance* self, const gh_call* call, const gh_take* take, gh_take_out* out) {
  return run(of(self).on_take, *call, *take, *out);
}
gh_status reset(gh_instance* self, const gh_call* call, gh_slice) { return run(of(self).on_reset, *call); }
constexpr gh_rate_limiter_v1 limiter = {sizeof(gh_rate_limiter_v1), 0, take, reset, ping};

gh_status send(gh_instance* self, const gh_call* call, const gh_mail* mail) {
  return run(of(self).on_send, *call, *mail);
}
constexpr gh_mail_transport_v1 mail = {sizeof(gh_mail_transport_v1), 0, send, ping};

constexpr std::array<gh_interface, 4> interfaces = {
    {{GH_STORE_V1, &store}, {GH_KMS_V1, &kms}, {GH_RATE_LIMITER_V1, &limiter}, {GH_MAIL_TRANSPORT_V1, &mail}}};

std::string text_of(const LogField& field) {
  struct Text {
    std::string operator()(std::string_view value) const { return std::string(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return std::to_string(value); }
  };
  return std::visit(Text{}, field.value);
}

}  // namespace

void RecordingLog::write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) noexcept {
  std::string line(event);
  for (const auto& field : fields) line.append(" ").append(field.name).append("=").append(text_of(field));
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

std::vector<std::string> RecordingLog::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

bool RecordingLog::contains(std::string_view text) const {
  const auto all = lines();
  return std::any_of(all.begin(), all.end(), [&](const auto& line) { return line.find(text) != std::string::npos; });
}

std::int64_t PluginHost::metric(std::string_view name, std::string_view label) const {
  for (const auto& family : metrics.families()) {
    if (family.name != name) continue;
    for (const auto& sample : family.samples) {
      const bool matches = label.empty() || std::any_of(sample.labels.begin(), sample.labels.end(),
                                                        [&](const auto& each) { return each.second == label; });
      if (!matches) continue;
      if (sample.counter != nullptr) return static_cast<std::int64_t>(sample.counter->value());
      if (sample.gauge != nullptr) return sample.gauge->value();
      if (sample.read != nullptr) return static_cast<std::int64_t>((*sample.read)());
    }
  }
  return -1;
}

ScriptedPlugin::ScriptedPlugin()
    : entry{}, setting_{self_setting,       nullptr, nullptr, "Where the test's object is.", GH_SETTING_INT,
                        GH_SETTING_REQUIRED} {
  entry.magic = GH_MAGIC;
  entry.struct_size = sizeof(gh_plugin);
  entry.abi_major = GH_ABI_MAJOR;
  entry.abi_minor = GH_ABI_MINOR;
  entry.id = "scripted";
  entry.version = "1.2.3";
  entry.license = "Apache-2.0";
  entry.summary = "Does what a test says.";
  entry.settings = &setting_;
  entry.setting_count = 1;
  entry.setting_stride = sizeof(gh_setting);
  entry.interfaces = interfaces.data();
  entry.interface_count = interfaces.size();
  entry.interface_stride = sizeof(gh_interface);
  entry.create = create;
  entry.start = start;
  entry.drain = drain;
  entry.destroy = destroy;
}

plugins::InstanceConfig ScriptedPlugin::config() const {
  plugins::InstanceConfig config;
  config.name = "it";
  config.state_dir = "/nonexistent";
  config.call_timeout = std::chrono::seconds(5);
  config.settings.push_back({self_setting, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(this))});
  return config;
}

void explain(const gh_call& call, std::string_view sentence) { call.explain(call.explain_context, slice(sentence)); }

}  // namespace gatehouse::test
