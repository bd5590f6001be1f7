// SPDX-License-Identifier: Apache-2.0
#include "fuzz/lying_plugin.h"

#include "plugins/instance.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>

namespace gatehouse::fuzz {
namespace {

constexpr const char* self_setting = "lying_plugin";

LyingPlugin& of(gh_instance* self) { return *reinterpret_cast<LyingPlugin*>(self); }
std::string_view view(const gh_slice& s) { return {reinterpret_cast<const char*>(s.data), s.size}; }
gh_slice slice(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

const void* find(const gh_plugin& plugin, const char* id) {
  for (std::uint32_t i = 0; i < plugin.interface_count; ++i) {
    if (std::strcmp(plugin.interfaces[i].id, id) == 0) return plugin.interfaces[i].table;
  }
  return nullptr;
}
template <class Table>
const Table& table(LyingPlugin& plugin, const char* id) {
  return *static_cast<const Table*>(find(plugin.real(), id));
}

// How a call goes: the truth, a status without doing anything, a status after doing it, or a false result.
enum class Way { Truth, Instead, After, Lie };
struct Plan {
  Way way = Way::Truth;
  gh_status status = GH_OK;
};

gh_status status_of(Script& script) {
  const auto byte = script.next();
  return byte < 16 ? static_cast<gh_status>(byte) : static_cast<gh_status>(script.number(4));
}

Plan plan(Script& script, const gh_call* call) {
  const auto byte = script.next();
  if (byte == 0) return {};
  if (byte % 16 == 5) call->explain(call->explain_context, slice(std::string_view("\xff\0words", 7)));
  if (byte % 16 == 6) call->explain(call->explain_context, {nullptr, 1'000'000});
  if (byte < 80) return {Way::Instead, status_of(script)};
  if (byte < 140) return {Way::After, status_of(script)};
  return {Way::Lie, GH_OK};
}

template <class Call>
gh_status answer(gh_instance* self, const gh_call* call, Call&& really) {
  auto& plugin = of(self);
  const auto planned = plan(plugin.script(), call);
  if (planned.way == Way::Instead) return planned.status;
  const auto status = really(plugin, planned.way == Way::Lie);
  return planned.way == Way::After ? planned.status : status;
}

// Sizes that a host can see through: no bytes at all, or more than there can be.
gh_slice lying_slice(Script& script, gh_slice honest) {
  switch (script.next() % 4) {
    case 1: return {nullptr, script.number(8) | 1u};
    case 2: return {honest.data, script.number(8) | std::uint64_t{1} << 40};
    case 3: return {reinterpret_cast<const std::uint8_t*>("\xc3\x28"), 2};
    default: return {nullptr, 0};
  }
}

class LyingSink {
 public:
  LyingSink(Script& script, const gh_record_sink& host) : script_(script), host_(host) {}
  gh_record_sink table() { return {this, put}; }

 private:
  static std::int32_t put(void* context, const gh_record* record) {
    return static_cast<LyingSink*>(context)->deliver(*record);
  }

  std::int32_t deliver(const gh_record& honest) {
    std::array<gh_value, 64> values{};
    auto record = honest;
    std::copy(honest.values, honest.values + honest.value_count, values.begin());
    record.values = values.data();
    for (auto lies = script_.next() % 4; lies > 0; --lies) lie(record, values);
    const auto how = script_.next() % 8;
    if (how == 1) return host_.put(host_.context, nullptr);
    if (how == 2) return 0;
    if (how == 3) host_.put(host_.context, &record);
    // A plugin that writes over what it lent, the moment it has it back.
    const auto said = host_.put(host_.context, &record);
    values.fill({99, 99, -1, {nullptr, 99}});
    return said;
  }

  void lie(gh_record& record, std::array<gh_value, 64>& values) {
    // A lie before this one may have given a count that is out of all bounds.
    const auto count = std::min<std::size_t>(record.value_count, values.size());
    auto& value = values[count == 0 ? 0 : script_.next() % count];
    switch (script_.next() % 12) {
      case 0: record.struct_size = static_cast<std::uint32_t>(script_.next()); break;
      case 1:
        record.version = static_cast<std::int64_t>(script_.number(8));
        script_.content_changed();
        break;
      case 2: record.value_count = 65 + static_cast<std::uint32_t>(script_.number(4) >> 1); break;
      case 3: record.values = nullptr; break;
      case 4: record.key.tenant = lying_slice(script_, record.key.tenant); break;
      case 5: record.key.id = lying_slice(script_, record.key.id); break;
      case 6: record.key.partition = lying_slice(script_, record.key.partition); break;
      case 7: value.type = 6 + static_cast<std::uint32_t>(script_.next()); break;
      case 8:
        value.s = lying_slice(script_, value.s);
        script_.content_changed();
        break;
      case 9:
        value.type = script_.next() % 6;
        script_.content_changed();
        break;
      case 10:
        value.i = static_cast<std::int64_t>(script_.number(8));
        script_.content_changed();
        break;
      default:
        record.value_count = script_.next() % (record.value_count + 1);
        script_.content_changed();
        break;
    }
  }

  Script& script_;
  const gh_record_sink host_;
};

// Of a get_many: each record by way of a LyingSink, and now and then for another get.
class LyingGetSink {
 public:
  LyingGetSink(Script& script, const gh_get_sink& host) : script_(script), host_(host) {}
  gh_get_sink table() { return {this, put}; }

 private:
  struct One {
    const gh_get_sink& host;
    std::uint64_t get;
  };

  static void put(void* context, std::uint64_t get, const gh_record* record) {
    auto& self = *static_cast<LyingGetSink*>(context);
    const auto how = self.script_.next();
    One one{self.host_, how % 8 == 1 ? self.script_.number(8) : how % 8 == 2 ? get + 1 : get};
    const gh_record_sink sink{&one, [](void* to, const gh_record* lie) -> std::int32_t {
                                const auto& where = *static_cast<const One*>(to);
                                where.host.put(where.host.context, where.get, lie);
                                return 0;
                              }};
    LyingSink liar(self.script_, sink);
    const auto lying = liar.table();
    lying.put(lying.context, record);
  }

  Script& script_;
  const gh_get_sink host_;
};

constexpr gh_store_v1 store_table = {
    sizeof(gh_store_v1),
    GH_STORE_CROSS_PARTITION,
    [](gh_instance* self, const gh_call* call, const gh_schema* schema) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool) {
        return table<gh_store_v1>(p, GH_STORE_V1).open(p.inner, call, schema);
      });
    },
    [](gh_instance* self, const gh_call* call, std::uint32_t kind, const gh_key* key,
       const gh_record_sink* sink) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool lies) {
        LyingSink liar(p.script(), *sink);
        const auto lying = liar.table();
        return table<gh_store_v1>(p, GH_STORE_V1).get(p.inner, call, kind, key, lies ? &lying : sink);
      });
    },
    [](gh_instance* self, const gh_call* call, const gh_query* query, const gh_record_sink* sink,
       gh_find_out* out) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool lies) {
        LyingSink liar(p.script(), *sink);
        const auto lying = liar.table();
        const auto& real = table<gh_store_v1>(p, GH_STORE_V1);
        const auto status = real.find(p.inner, call, query, lies ? &lying : sink, out);
        if (!lies) return status;
        const auto how = p.script().next();
        if (how % 4 == 1) out->count = p.script().number(8);
        if (how % 4 == 1) p.script().content_changed();
        if (how % 4 == 2) out->cursor.put(out->cursor.context, lying_slice(p.script(), slice("cursor")));
        if (how % 4 == 3) out->cursor.put(out->cursor.context, slice(std::string(how * 8, 'c')));
        return status;
      });
    },
    [](gh_instance* self, const gh_call* call, const gh_write* writes, std::uint64_t count, std::uint64_t stride,
       gh_commit_out* out) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool lies) {
        auto& script = p.script();
        const bool really = !lies || script.next() % 2 == 0;
        const auto& real = table<gh_store_v1>(p, GH_STORE_V1);
        const auto status = really ? real.commit(p.inner, call, writes, count, stride, out) : gh_status{GH_CONFLICT};
        if (!lies) return status;
        out->failed_write = static_cast<std::uint32_t>(script.number(2));
        out->conflict = script.next();
        out->unique_index = script.next();
        return script.next() % 2 == 0 ? gh_status{GH_CONFLICT} : status;
      });
    },
    [](gh_instance* self, const gh_call* call, std::uint32_t kind, std::int64_t before_us, std::uint32_t limit,
       std::uint64_t* deleted) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool lies) {
        const auto& real = table<gh_store_v1>(p, GH_STORE_V1);
        const auto status = real.purge(p.inner, call, kind, before_us, limit, deleted);
        if (lies) *deleted = p.script().number(8);
        return status;
      });
    },
    [](gh_instance* self, const gh_call* call) -> gh_status {
      return answer(self, call,
                    [&](LyingPlugin& p, bool) { return table<gh_store_v1>(p, GH_STORE_V1).ping(p.inner, call); });
    },
    [](gh_instance* self, const gh_call* call, const gh_get* gets, std::uint64_t count, std::uint64_t stride,
       const gh_get_sink* sink) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool lies) {
        LyingGetSink liar(p.script(), *sink);
        const auto lying = liar.table();
        const auto& real = table<gh_store_v1>(p, GH_STORE_V1);
        return real.get_many(p.inner, call, gets, count, stride, lies ? &lying : sink);
      });
    }};

struct KeyLies {
  Script& script;
  const gh_key_sink& host;
  static void put(void* context, const gh_key_info* honest) {
    auto& self = *static_cast<KeyLies*>(context);
    auto key = *honest;
    std::string der;
    switch (self.script.next() % 8) {
      case 0: key.struct_size = self.script.next(); break;
      case 1: key.version = static_cast<std::uint32_t>(self.script.number(4)); break;
      case 2: key.algorithm = self.script.next(); break;
      case 3: key.state = self.script.next(); break;
      case 4: key.public_key = lying_slice(self.script, key.public_key); break;
      case 5:
        der = view(key.public_key);
        if (!der.empty()) der[self.script.number(2) % der.size()] = static_cast<char>(self.script.next());
        key.public_key = slice(der);
        break;
      case 6: self.host.put(self.host.context, &key); break;
      default: return self.host.put(self.host.context, nullptr);
    }
    self.host.put(self.host.context, &key);
  }
};

struct SignatureLies {
  Script& script;
  const gh_bytes_sink& host;
  static void put(void* context, gh_slice honest) {
    auto& self = *static_cast<SignatureLies*>(context);
    const auto how = self.script.next();
    std::string bytes(how < 200 ? 64 : how, static_cast<char>(self.script.next()));
    if (how % 4 == 0) self.host.put(self.host.context, honest);
    if (how % 4 == 1) return self.host.put(self.host.context, lying_slice(self.script, honest));
    self.host.put(self.host.context, slice(bytes));
  }
};

constexpr gh_kms_v1 kms_table = {
    sizeof(gh_kms_v1),
    0,
    [](gh_instance* self, const gh_call* call, gh_slice purpose, std::uint32_t algorithm) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool) {
        return table<gh_kms_v1>(p, GH_KMS_V1).ensure(p.inner, call, purpose, algorithm);
      });
    },
    [](gh_instance* self, const gh_call* call, gh_slice purpose, const gh_key_sink* sink) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool lies) {
        KeyLies liar{p.script(), *sink};
        const gh_key_sink lying{&liar, KeyLies::put};
        return table<gh_kms_v1>(p, GH_KMS_V1).keys(p.inner, call, purpose, lies ? &lying : sink);
      });
    },
    [](gh_instance* self, const gh_call* call, gh_slice purpose, std::uint32_t version, gh_slice message,
       std::uint8_t* out, std::uint32_t* used) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool lies) {
        const auto& real = table<gh_kms_v1>(p, GH_KMS_V1);
        if (!lies) return real.mac(p.inner, call, purpose, version, message, out, used);
        std::memset(out, p.script().next(), 32);
        *used = p.script().next() % 3;
        return gh_status{GH_OK};
      });
    },
    [](gh_instance* self, const gh_call* call, gh_slice purpose, std::uint32_t version, gh_slice message,
       const gh_bytes_sink* signature, std::uint32_t* used) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool lies) {
        SignatureLies liar{p.script(), *signature};
        const gh_bytes_sink lying{&liar, SignatureLies::put};
        const auto& real = table<gh_kms_v1>(p, GH_KMS_V1);
        const auto status = real.sign(p.inner, call, purpose, version, message, lies ? &lying : signature, used);
        if (lies && p.script().next() % 4 == 1) *used = p.script().next();
        return status;
      });
    },
    [](gh_instance* self, const gh_call* call, gh_slice purpose, std::uint32_t* version) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool) {
        return table<gh_kms_v1>(p, GH_KMS_V1).rotate(p.inner, call, purpose, version);
      });
    },
    [](gh_instance* self, const gh_call* call) -> gh_status {
      return answer(self, call,
                    [&](LyingPlugin& p, bool) { return table<gh_kms_v1>(p, GH_KMS_V1).ping(p.inner, call); });
    },
    [](gh_instance* self, const gh_call* call, gh_slice purpose, std::uint32_t algorithm, std::int64_t from_us,
       std::uint32_t* version) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool) {
        return table<gh_kms_v1>(p, GH_KMS_V1).rotate_to(p.inner, call, purpose, algorithm, from_us, version);
      });
    }};

constexpr gh_rate_limiter_v1 limiter_table = {
    sizeof(gh_rate_limiter_v1), 0,
    [](gh_instance* self, const gh_call* call, const gh_take* take, gh_take_out* out) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool lies) {
        const auto& real = table<gh_rate_limiter_v1>(p, GH_RATE_LIMITER_V1);
        const auto status = real.take(p.inner, call, take, out);
        if (!lies) return status;
        out->allowed = p.script().next();
        out->remaining = static_cast<std::uint32_t>(p.script().number(4));
        out->retry_after_us = static_cast<std::int64_t>(p.script().number(8));
        return status;
      });
    },
    [](gh_instance* self, const gh_call* call, gh_slice key) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool) {
        return table<gh_rate_limiter_v1>(p, GH_RATE_LIMITER_V1).reset(p.inner, call, key);
      });
    },
    [](gh_instance* self, const gh_call* call) -> gh_status {
      return answer(self, call, [&](LyingPlugin& p, bool) {
        return table<gh_rate_limiter_v1>(p, GH_RATE_LIMITER_V1).ping(p.inner, call);
      });
    }};

gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  LyingPlugin* self = nullptr;
  std::vector<gh_config_entry> others;
  for (std::uint64_t i = 0; i < args->config_count; ++i) {
    if (view(args->config[i].key) == self_setting) {
      self = reinterpret_cast<LyingPlugin*>(args->config[i].value.i);
    } else {
      others.push_back(args->config[i]);
    }
  }
  if (self == nullptr) return GH_INVALID;
  auto inner = *args;
  inner.config = others.data();
  inner.config_count = others.size();
  const auto status = self->real().create(&inner, call, &self->inner);
  if (status == GH_OK) *out = reinterpret_cast<gh_instance*>(self);
  return status;
}

}  // namespace

LyingPlugin::LyingPlugin(const gh_plugin& real, Script& script) : real_(real), script_(script), entry_(real) {
  settings_.assign(real.settings, real.settings + real.setting_count);
  settings_.push_back({self_setting, nullptr, nullptr, "Where the object is.", GH_SETTING_INT, GH_SETTING_REQUIRED});
  if (find(real, GH_STORE_V1) != nullptr) interfaces_.push_back({GH_STORE_V1, &store_table});
  if (find(real, GH_KMS_V1) != nullptr) interfaces_.push_back({GH_KMS_V1, &kms_table});
  if (find(real, GH_RATE_LIMITER_V1) != nullptr) interfaces_.push_back({GH_RATE_LIMITER_V1, &limiter_table});
  entry_.settings = settings_.data();
  entry_.setting_count = static_cast<std::uint32_t>(settings_.size());
  entry_.setting_stride = sizeof(gh_setting);
  entry_.interfaces = interfaces_.data();
  entry_.interface_count = static_cast<std::uint32_t>(interfaces_.size());
  entry_.interface_stride = sizeof(gh_interface);
  entry_.create = create;
  entry_.start = [](gh_instance* self, const gh_call* call) { return of(self).real().start(of(self).inner, call); };
  entry_.drain = [](gh_instance* self, const gh_call* call) { return of(self).real().drain(of(self).inner, call); };
  entry_.destroy = [](gh_instance* self) { of(self).real().destroy(of(self).inner); };
}

const gh_plugin& LyingPlugin::entry(plugins::InstanceConfig& config) {
  config.settings.push_back({self_setting, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(this))});
  return entry_;
}

}  // namespace gatehouse::fuzz
