// SPDX-License-Identifier: Apache-2.0
#include "contract/plugin_store.h"

#include <dlfcn.h>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <stdexcept>

namespace gatehouse::contract {
namespace {

template <class Clock, class Unit>
std::int64_t since_epoch() {
  return std::chrono::duration_cast<Unit>(Clock::now().time_since_epoch()).count();
}

gh_host make_host() {
  gh_host host{};
  host.struct_size = sizeof(host);
  host.abi_minor = GH_ABI_MINOR;
  host.log = [](void*, std::uint32_t, gh_slice) {};
  host.monotonic_ns = [](void*) { return since_epoch<std::chrono::steady_clock, std::chrono::nanoseconds>(); };
  host.wall_us = [](void*) { return since_epoch<std::chrono::system_clock, std::chrono::microseconds>(); };
  // The same for every instance: a history that failed fails again.
  host.random_bytes = [](void*, std::uint8_t* out, std::uint64_t size) -> gh_status {
    std::mt19937_64 random(size);
    for (std::uint64_t at = 0; at < size; ++at) out[at] = static_cast<std::uint8_t>(random());
    return GH_OK;
  };
  host.count = [](void*, gh_slice, std::uint64_t) {};
  return host;
}

gh_slice slice(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

gh_call make_call(std::string& words) {
  gh_call call{};
  call.struct_size = sizeof(call);
  call.deadline_ns = INT64_MAX;
  call.explain_context = &words;
  call.explain = [](void* context, gh_slice sentence) {
    static_cast<std::string*>(context)->assign(reinterpret_cast<const char*>(sentence.data), sentence.size);
  };
  return call;
}

class PluginStore final : public StoreUnderTest {
 public:
  PluginStore(const gh_plugin& plugin, const std::vector<PluginSetting>& settings)
      : instance_(plugin, settings), table_(static_cast<const gh_store_v1*>(instance_.table(GH_STORE_V1))) {
    if (table_ == nullptr) throw std::runtime_error("the plugin is no store");
  }
  const gh_store_v1& table() const override { return *table_; }
  gh_instance* instance() const override { return instance_.get(); }

 private:
  PluginInstance instance_;
  const gh_store_v1* table_;
};

}  // namespace

const gh_plugin& load_plugin(const char* file) {
  void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) throw std::runtime_error(dlerror());
  const auto* plugin = static_cast<const gh_plugin*>(dlsym(library, GH_ENTRY_SYMBOL));
  if (plugin == nullptr || plugin->magic != GH_MAGIC) throw std::runtime_error("not a plugin");
  return *plugin;
}

PluginInstance::PluginInstance(const gh_plugin& plugin, const std::vector<PluginSetting>& settings)
    : host_(make_host()), plugin_(plugin) {
  std::vector<gh_config_entry> config;
  for (const auto& setting : settings) config.push_back({slice(setting.key), setting.value});
  gh_create_args args{};
  args.struct_size = sizeof(args);
  args.host = &host_;
  args.config = config.data();
  args.config_count = config.size();
  args.config_stride = sizeof(gh_config_entry);
  std::string words;
  const gh_call call = make_call(words);
  if (plugin_.create(&args, &call, &instance_) != GH_OK) throw std::runtime_error("create: " + words);
  if (plugin_.start(instance_, &call) != GH_OK) {
    plugin_.destroy(instance_);
    throw std::runtime_error("start: " + words);
  }
}

PluginInstance::~PluginInstance() {
  std::string words;
  const gh_call call = make_call(words);
  plugin_.drain(instance_, &call);
  plugin_.destroy(instance_);
}

const void* PluginInstance::table(const char* id) const noexcept {
  for (std::uint32_t at = 0; at < plugin_.interface_count; ++at) {
    if (std::strcmp(plugin_.interfaces[at].id, id) == 0) return plugin_.interfaces[at].table;
  }
  return nullptr;
}

std::unique_ptr<StoreUnderTest> store_from_plugin(const gh_plugin& plugin, const std::vector<PluginSetting>& settings) {
  return std::make_unique<PluginStore>(plugin, settings);
}

}  // namespace gatehouse::contract
