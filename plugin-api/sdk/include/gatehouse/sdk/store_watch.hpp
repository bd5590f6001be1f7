// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/store_watch.h>
#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <cstdint>
#include <string_view>

// "gatehouse.store_watch/1" in C++. The contract is in <gatehouse/store_watch.h>.
namespace gatehouse::sdk {

class ChangeSink {
 public:
  explicit ChangeSink(const gh_change_sink& sink) noexcept : sink_(sink) {}
  void put(std::uint32_t kind, const gh_key& key, std::int64_t version) const noexcept {
    tell({sizeof(gh_change), GH_CHANGE_PUT, kind, 0, version, key});
  }
  void erased(std::uint32_t kind, const gh_key& key, std::int64_t version) const noexcept {
    tell({sizeof(gh_change), GH_CHANGE_DELETE, kind, 0, version, key});
  }
  // Changes may be missing here.
  void missed() const noexcept { tell({sizeof(gh_change), GH_CHANGE_MISSED, 0, 0, 0, {}}); }

 private:
  void tell(const gh_change& change) const noexcept { sink_.put(sink_.context, &change); }

  const gh_change_sink& sink_;
};

// Derive the plugin's class from this beside Store. Any thread.
class StoreWatch {
 public:
  virtual Status watch(const Call& call, const Strided<std::uint32_t>& kinds, std::uint64_t& watch) = 0;
  virtual Status wait(const Call& call, std::uint64_t watch, const ChangeSink& sink) = 0;
  virtual Status unwatch(const Call& call, std::uint64_t watch) = 0;

 protected:
  ~StoreWatch() = default;
};

namespace detail {

template <class T>
struct StoreWatchTable {
  static StoreWatch& self(gh_instance* instance) noexcept { return *reinterpret_cast<T*>(instance); }

  static gh_status watch(gh_instance* instance, const gh_call* call, const std::uint32_t* kinds, std::uint64_t count,
                         std::uint64_t* watch) noexcept {
    return guarded(call, [&](const Call& c) {
      return self(instance).watch(c, Strided<std::uint32_t>(kinds, count, sizeof(std::uint32_t)), *watch);
    });
  }
  static gh_status wait(gh_instance* instance, const gh_call* call, std::uint64_t watch,
                        const gh_change_sink* sink) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).wait(c, watch, ChangeSink(*sink)); });
  }
  static gh_status unwatch(gh_instance* instance, const gh_call* call, std::uint64_t watch) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).unwatch(c, watch); });
  }

  static constexpr gh_store_watch_v1 table = {sizeof(gh_store_watch_v1), 0, watch, wait, unwatch};
};

}  // namespace detail
}  // namespace gatehouse::sdk
