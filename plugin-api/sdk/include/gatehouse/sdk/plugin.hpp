// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifndef __cpp_exceptions
#error "The Gatehouse SDK needs exceptions: build without -fno-exceptions, or write the plugin against the C headers."
#endif

#include <gatehouse/plugin.h>
#include <gatehouse/sdk/config.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/kms.hpp>
#include <gatehouse/sdk/mail_transport.hpp>
#include <gatehouse/sdk/migrations.hpp>
#include <gatehouse/sdk/rate_limiter.hpp>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/store.hpp>
#include <gatehouse/sdk/store_watch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

// A plugin in C++17, in full:
//
//   class Clock final : public gatehouse::sdk::Plugin, public gatehouse::sdk::RateLimiter {
//    public:
//     explicit Clock(const gatehouse::sdk::Create& create);
//     ...
//   };
//   constexpr gatehouse::sdk::Setting settings[] = {
//       gatehouse::sdk::Setting::size("max_memory", "Most memory the counters may take.").by_default("64MiB"),
//   };
//   GATEHOUSE_PLUGIN(Clock, gatehouse::sdk::about("my-limiter", "1.0.0", "MIT", "Counts in memory.").with(settings));
//
// One class may implement several interfaces (Store, Kms, RateLimiter, MailTransport, Migrations, StoreWatch): each one
// it derives from is offered to the host, all from the same instance. Exceptions are stopped at the edge: see Status.
namespace gatehouse::sdk {

// What a plugin's constructor gets. `config` and the texts are borrowed and valid inside the constructor only; `host`
// may be kept.
struct Create {
  Host host;
  std::string_view name;       // the instance's name in the operator's config
  std::string_view state_dir;  // absolute; the only place for files that no setting names
  Config config;
};

// The life of an instance. The constructor checks the settings (throw InvalidSetting) and does no I/O: it also runs
// when the operator only asks for a check. Everything here runs on the host's control thread.
class Plugin {
 public:
  virtual ~Plugin() = default;
  // Connect, open files, start threads (with all signals blocked).
  virtual Status start(const Call&) { return {}; }
  // Stop threads, flush what must be durable. No interface call is running or will come.
  virtual Status drain(const Call&) { return {}; }
};

// What a plugin says about itself. The texts are string literals.
class About {
 public:
  constexpr About(const char* id, const char* version, const char* license, const char* summary)
      : id_(id), version_(version), license_(license), summary_(summary) {}

  template <std::size_t N>
  constexpr About with(const Setting (&settings)[N]) const {
    About copy = *this;
    copy.settings_ = settings;
    copy.setting_count_ = static_cast<std::uint32_t>(N);
    return copy;
  }
  // Most calls the host may have inside one instance at a time; without it, as many as the host likes.
  constexpr About at_most(std::uint32_t calls) const {
    About copy = *this;
    copy.max_concurrency_ = calls;
    return copy;
  }

  template <class T>
  constexpr gh_plugin plugin() const;

 private:
  const char* id_;
  const char* version_;
  const char* license_;
  const char* summary_;
  const gh_setting* settings_ = nullptr;
  std::uint32_t setting_count_ = 0;
  std::uint32_t max_concurrency_ = 0;
};

constexpr About about(const char* id, const char* version, const char* license, const char* summary) {
  return {id, version, license, summary};
}

namespace detail {

template <class T>
struct Interfaces {
  static constexpr std::size_t count =
      std::size_t{std::is_base_of_v<Store, T>} + std::size_t{std::is_base_of_v<Kms, T>} +
      std::size_t{std::is_base_of_v<RateLimiter, T>} + std::size_t{std::is_base_of_v<MailTransport, T>} +
      std::size_t{std::is_base_of_v<Migrations, T>} + std::size_t{std::is_base_of_v<StoreWatch, T>};
  static_assert(count > 0, "a plugin derives from at least one of Store, Kms, RateLimiter, MailTransport");

  static constexpr std::array<gh_interface, count> make() {
    std::array<gh_interface, count> offered{};
    std::size_t at = 0;
    if constexpr (std::is_base_of_v<Store, T>) offered[at++] = {GH_STORE_V1, &StoreTable<T>::table};
    if constexpr (std::is_base_of_v<Kms, T>) offered[at++] = {GH_KMS_V1, &KmsTable<T>::table};
    if constexpr (std::is_base_of_v<RateLimiter, T>) offered[at++] = {GH_RATE_LIMITER_V1, &RateLimiterTable<T>::table};
    if constexpr (std::is_base_of_v<MailTransport, T>) {
      offered[at++] = {GH_MAIL_TRANSPORT_V1, &MailTransportTable<T>::table};
    }
    if constexpr (std::is_base_of_v<Migrations, T>) offered[at++] = {GH_MIGRATIONS_V1, &MigrationsTable<T>::table};
    if constexpr (std::is_base_of_v<StoreWatch, T>) offered[at++] = {GH_STORE_WATCH_V1, &StoreWatchTable<T>::table};
    return offered;
  }
  static constexpr std::array<gh_interface, count> list = make();
};

template <class T>
struct Life {
  static gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) noexcept {
    *out = nullptr;
    return guarded(call, [&](const Call&) -> Status {
      if (args->struct_size < sizeof(gh_create_args) || args->config_stride < sizeof(gh_config_entry)) {
        return {GH_INVALID, "the host's create arguments are shorter than this plugin was built for"};
      }
      auto* made = new T(Create{Host(args->host), view(args->name), view(args->state_dir),
                                Config(args->config, args->config_count, args->config_stride)});
      if ((args->flags & GH_CREATE_VALIDATE_ONLY) != 0) {
        delete made;
      } else {
        *out = reinterpret_cast<gh_instance*>(made);
      }
      return {};
    });
  }
  static gh_status start(gh_instance* instance, const gh_call* call) noexcept {
    return guarded(call, [&](const Call& c) { return reinterpret_cast<T*>(instance)->start(c); });
  }
  static gh_status drain(gh_instance* instance, const gh_call* call) noexcept {
    return guarded(call, [&](const Call& c) { return reinterpret_cast<T*>(instance)->drain(c); });
  }
  static void destroy(gh_instance* instance) noexcept { delete reinterpret_cast<T*>(instance); }
};

}  // namespace detail

template <class T>
constexpr gh_plugin About::plugin() const {
  static_assert(std::is_base_of_v<Plugin, T>, "derive the plugin's class from gatehouse::sdk::Plugin");
  static_assert(std::is_constructible_v<T, const Create&>, "give the plugin's class a constructor from sdk::Create");
  gh_plugin made{};
  made.magic = GH_MAGIC;
  made.struct_size = sizeof(gh_plugin);
  made.abi_major = GH_ABI_MAJOR;
  made.abi_minor = GH_ABI_MINOR;
  made.needs_host_minor = 0;
  made.id = id_;
  made.version = version_;
  made.license = license_;
  made.summary = summary_;
  made.settings = settings_;
  made.setting_count = setting_count_;
  static_assert(sizeof(Setting) == sizeof(gh_setting));
  made.setting_stride = sizeof(gh_setting);
  made.interfaces = detail::Interfaces<T>::list.data();
  made.interface_count = static_cast<std::uint32_t>(detail::Interfaces<T>::count);
  made.interface_stride = sizeof(gh_interface);
  made.max_concurrency = max_concurrency_;
  made.create = detail::Life<T>::create;
  made.start = detail::Life<T>::start;
  made.drain = detail::Life<T>::drain;
  made.destroy = detail::Life<T>::destroy;
  return made;
}

}  // namespace gatehouse::sdk

// The entry symbol's name. gatehouse_add_plugin() gives the statically linked copy of a plugin (<name>_objects) a name
// of its own, gatehouse_plugin_<name with underscores>, so that one program can hold several.
#ifndef GATEHOUSE_PLUGIN_ENTRY
#define GATEHOUSE_PLUGIN_ENTRY gatehouse_plugin_v1
#endif

// Once per plugin, at namespace scope: the class and its About. `constexpr`, because the host reads the symbol before
// any code of the plugin has run.
#define GATEHOUSE_PLUGIN(Class, ...)                       \
  extern "C" {                                             \
  extern GH_EXPORT const gh_plugin GATEHOUSE_PLUGIN_ENTRY; \
  }                                                        \
  constexpr gh_plugin GATEHOUSE_PLUGIN_ENTRY = (__VA_ARGS__).plugin<Class>()
