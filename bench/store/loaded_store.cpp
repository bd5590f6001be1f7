// SPDX-License-Identifier: Apache-2.0
#include "loaded_store.h"

#include <dlfcn.h>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>

namespace gatehouse::bench {
namespace {

void no_log(void*, std::uint32_t, gh_slice) {}
void no_count(void*, gh_slice, std::uint64_t) {}
std::int64_t monotonic_ns(void*) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}
std::int64_t wall_us(void*) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}
gh_status random_bytes(void*, std::uint8_t* out, std::uint64_t size) {
  std::random_device device;
  for (std::uint64_t at = 0; at < size; ++at) out[at] = static_cast<std::uint8_t>(device());
  return GH_OK;
}

gh_slice slice(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

void require(gh_status status, const char* what) {
  if (status != GH_OK) throw std::runtime_error(std::string(what) + ": status " + std::to_string(status));
}

}  // namespace

gh_call call_at(std::int64_t now_us) noexcept {
  gh_call call{};
  call.struct_size = sizeof(call);
  call.deadline_ns = INT64_MAX;
  call.now_us = now_us;
  return call;
}

LoadedStore::LoadedStore(const char* file, const gh_schema& schema,
                         const std::vector<std::pair<std::string, std::string>>& texts) {
  host_ = {sizeof(gh_host), GH_ABI_MINOR, nullptr, no_log, monotonic_ns, wall_us, random_bytes, no_count};
  void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  plugin_ = static_cast<const gh_plugin*>(dlsym(library, GH_ENTRY_SYMBOL));
  if (plugin_ == nullptr) throw std::runtime_error(std::string(file) + " has no " GH_ENTRY_SYMBOL);
  for (std::uint32_t at = 0; at < plugin_->interface_count; ++at) {
    if (std::strcmp(plugin_->interfaces[at].id, GH_STORE_V1) != 0) continue;
    table_ = static_cast<const gh_store_v1*>(plugin_->interfaces[at].table);
  }
  if (table_ == nullptr) throw std::runtime_error(std::string(file) + " is no store");

  gh_create_args args{};
  args.struct_size = sizeof(args);
  args.host = &host_;
  std::vector<gh_config_entry> config;
  for (const auto& [key, value] : texts) config.push_back({slice(key), {GH_TEXT, 0, 0, slice(value)}});
  args.config = config.data();
  args.config_count = config.size();
  args.config_stride = sizeof(gh_config_entry);
  const gh_call call = call_at(0);
  require(plugin_->create(&args, &call, &instance_), "create");
  require(plugin_->start(instance_, &call), "start");
  require(table_->open(instance_, &call, &schema), "open");
}

LoadedStore::~LoadedStore() {
  const gh_call call = call_at(0);
  plugin_->drain(instance_, &call);
  plugin_->destroy(instance_);
}

}  // namespace gatehouse::bench
