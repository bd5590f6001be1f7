// SPDX-License-Identifier: Apache-2.0
// store-memory with a fault in front of one of its functions. The setting `fault` says which fault, `in` which
// function, and it acts as long as a file named by `while` is there (always, when the setting is empty). A FIFO as that
// file is a latch: the fault `hang` waits until somebody opens its other end; that it waits says the file
// <latch>.reached.
//
// Plain C tables on purpose: the SDK would stop most of these.
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern "C" const gh_plugin gatehouse_plugin_store_memory;

namespace {

const gh_plugin& real = gatehouse_plugin_store_memory;

template <class Table>
const Table& table_of(const char* id) {
  for (std::uint32_t i = 0; i < real.interface_count; ++i) {
    if (std::strcmp(real.interfaces[i].id, id) == 0) return *static_cast<const Table*>(real.interfaces[i].table);
  }
  std::abort();
}

std::string_view view(const gh_slice& s) { return {reinterpret_cast<const char*>(s.data), s.size}; }
gh_slice slice(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

struct Bad {
  gh_instance* inner = nullptr;
  const gh_host* host = nullptr;
  std::string fault, in, latch;
  std::atomic<void (*)(void*, gh_slice)> late_function{nullptr};
  std::atomic<void*> late_context{nullptr};

  bool acts(std::string_view function) const {
    struct stat info {};
    return in == function && (latch.empty() || ::stat(latch.c_str(), &info) == 0);
  }
};

Bad& of(gh_instance* self) { return *reinterpret_cast<Bad*>(self); }

[[gnu::noinline]] void dereference_null() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

// As deep as it goes; the volatile keeps it from becoming a loop.
[[gnu::noinline]] int use_up_the_stack(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  return depth == 0 ? 0 : use_up_the_stack(depth + 1) + room[0];
}

void hang(const Bad& bad) {
  const auto reached = bad.latch + ".reached";
  ::close(::open(reached.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const int latch = ::open(bad.latch.c_str(), O_RDONLY | O_CLOEXEC);
  if (latch >= 0) ::close(latch);
}

void come_late(const Bad& bad, const gh_call& call) {
  constexpr std::int64_t late_ns = 250'000'000;
  const auto left = call.deadline_ns + late_ns - bad.host->monotonic_ns(bad.host->context);
  timespec wait{left / 1'000'000'000, left % 1'000'000'000};
  while (left > 0 && ::nanosleep(&wait, &wait) != 0) {
  }
}

void call_back_late(Bad& bad, const gh_call& call) {
  if (auto* earlier = bad.late_function.exchange(nullptr)) {
    earlier(bad.late_context.load(), slice("from a call that has ended"));
  } else {
    bad.late_context = call.explain_context;
    bad.late_function = call.explain;
  }
}

// What can happen in any function. False: the function goes on as it should.
bool common_fault(Bad& bad, const gh_call& call, gh_status& status) {
  if (bad.fault == "throw") throw std::runtime_error("not today");
  if (bad.fault == "unknown_status") return status = 1234, true;
  if (bad.fault == "unavailable") {
    call.explain(call.explain_context, slice("the backend is away"));
    return status = GH_UNAVAILABLE, true;
  }
  if (bad.fault == "hang") hang(bad);
  if (bad.fault == "slow") come_late(bad, call);
  if (bad.fault == "late_callback") call_back_late(bad, call);
  if (bad.fault == "leak") std::memset(::operator new(4096), 1, 4096);
  if (bad.fault == "crash") dereference_null();
  if (bad.fault == "stack") status = use_up_the_stack(1);
  if (bad.fault == "abort") std::abort();
  if (bad.fault == "exit") std::exit(0);
  return false;
}

template <class F>
gh_status guarded(gh_instance* self, const gh_call* call, std::string_view function, F&& go_on) {
  auto& bad = of(self);
  gh_status status = GH_OK;
  if (bad.acts(function) && common_fault(bad, *call, status)) return status;
  return go_on(bad);
}

// Lies about what a record holds, on its way to the host.
struct Liar {
  std::string_view fault;
  gh_record_sink host;

  static std::int32_t put(void* context, const gh_record* record) {
    auto& self = *static_cast<Liar*>(context);
    auto changed = *record;
    std::array<gh_value, 64> values{};
    for (std::uint32_t i = 0; i < record->value_count && i < values.size(); ++i) {
      values[i] = record->values[i];
      if (values[i].type != GH_TEXT && values[i].type != GH_BYTES) continue;
      if (self.fault == "size_without_bytes") values[i].s = {nullptr, 5};
      if (self.fault == "huge_size") values[i].s.size = std::uint64_t{1} << 40;
      if (self.fault == "not_utf8") values[i].s = slice("\xff\xfe");
    }
    changed.values = values.data();
    if (self.fault == "too_many_values") changed.value_count = 1'000'000;
    if (self.fault == "other_record") changed.key.id = slice("00000000-0000-4000-8000-000000000000");
    return self.host.put(self.host.context, &changed);
  }
};

gh_status store_open(gh_instance* self, const gh_call* call, const gh_schema* schema) {
  return guarded(self, call, "open",
                 [&](Bad& bad) { return table_of<gh_store_v1>(GH_STORE_V1).open(bad.inner, call, schema); });
}
gh_status store_get(gh_instance* self, const gh_call* call, std::uint32_t kind, const gh_key* key,
                    const gh_record_sink* sink) {
  return guarded(self, call, "get", [&](Bad& bad) {
    const auto& inner = table_of<gh_store_v1>(GH_STORE_V1);
    if (!bad.acts("get")) return inner.get(bad.inner, call, kind, key, sink);
    if (bad.fault == "ok_without_record") return gh_status{GH_OK};
    Liar liar{bad.fault, *sink};
    const gh_record_sink lying{&liar, Liar::put};
    const auto status = inner.get(bad.inner, call, kind, key, &lying);
    return bad.fault == "record_and_error" ? gh_status{GH_NOT_FOUND} : status;
  });
}
gh_status store_find(gh_instance* self, const gh_call* call, const gh_query* query, const gh_record_sink* sink,
                     gh_find_out* out) {
  return guarded(self, call, "find",
                 [&](Bad& bad) { return table_of<gh_store_v1>(GH_STORE_V1).find(bad.inner, call, query, sink, out); });
}
gh_status store_commit(gh_instance* self, const gh_call* call, const gh_write* writes, std::uint64_t count,
                       std::uint64_t stride, gh_commit_out* out) {
  return guarded(self, call, "commit", [&](Bad& bad) {
    return table_of<gh_store_v1>(GH_STORE_V1).commit(bad.inner, call, writes, count, stride, out);
  });
}
gh_status store_purge(gh_instance* self, const gh_call* call, std::uint32_t kind, std::int64_t before_us,
                      std::uint32_t limit, std::uint64_t* deleted) {
  return guarded(self, call, "purge", [&](Bad& bad) {
    return table_of<gh_store_v1>(GH_STORE_V1).purge(bad.inner, call, kind, before_us, limit, deleted);
  });
}
gh_status store_ping(gh_instance* self, const gh_call* call) {
  return guarded(self, call, "ping",
                 [&](Bad& bad) { return table_of<gh_store_v1>(GH_STORE_V1).ping(bad.inner, call); });
}
gh_status limiter_take(gh_instance* self, const gh_call* call, const gh_take* take, gh_take_out* out) {
  return guarded(self, call, "take", [&](Bad& bad) {
    return table_of<gh_rate_limiter_v1>(GH_RATE_LIMITER_V1).take(bad.inner, call, take, out);
  });
}
gh_status limiter_reset(gh_instance* self, const gh_call* call, gh_slice key) {
  return guarded(self, call, "reset", [&](Bad& bad) {
    return table_of<gh_rate_limiter_v1>(GH_RATE_LIMITER_V1).reset(bad.inner, call, key);
  });
}
gh_status limiter_ping(gh_instance* self, const gh_call* call) {
  return guarded(self, call, "ping",
                 [&](Bad& bad) { return table_of<gh_rate_limiter_v1>(GH_RATE_LIMITER_V1).ping(bad.inner, call); });
}

gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  auto* bad = new Bad;
  bad->host = args->host;
  for (std::uint64_t i = 0; i < args->config_count; ++i) {
    const auto& entry = args->config[i];
    if (view(entry.key) == "fault") bad->fault = view(entry.value.s);
    if (view(entry.key) == "in") bad->in = view(entry.value.s);
    if (view(entry.key) == "while") bad->latch = view(entry.value.s);
  }
  gh_status status = GH_OK;
  const bool validating = (args->flags & GH_CREATE_VALIDATE_ONLY) != 0;
  if (bad->acts(validating ? "validate" : "create") && common_fault(*bad, *call, status)) return status;
  auto inner = *args;
  inner.config_count = 0;
  status = real.create(&inner, call, &bad->inner);
  if (validating || status != GH_OK) {
    delete bad;
    return status;
  }
  *out = reinterpret_cast<gh_instance*>(bad);
  const bool contradictory = bad->in == "create" && bad->fault == "result_and_error";
  if (contradictory) call->explain(call->explain_context, slice("here it is, and it failed"));
  return contradictory ? GH_INVALID : GH_OK;
}
gh_status start(gh_instance* self, const gh_call* call) {
  return guarded(self, call, "start", [&](Bad& bad) { return real.start(bad.inner, call); });
}
gh_status drain(gh_instance* self, const gh_call* call) {
  return guarded(self, call, "drain", [&](Bad& bad) { return real.drain(bad.inner, call); });
}
void destroy(gh_instance* self) {
  auto& bad = of(self);
  if (bad.fault == "hang" && bad.acts("destroy")) hang(bad);
  real.destroy(bad.inner);
  if (bad.fault == "outlive" && bad.in == "destroy") {
    // A thread that nobody ended, of an object that the host believes to be gone.
    std::thread([host = bad.host] {
      for (;;) host->log(host->context, GH_LOG_INFO, slice("still here"));
    }).detach();
  }
  delete &bad;
}

constexpr gh_store_v1 store{sizeof(gh_store_v1),
                            GH_STORE_CROSS_PARTITION,
                            store_open,
                            store_get,
                            store_find,
                            store_commit,
                            store_purge,
                            store_ping,
                            nullptr};
constexpr gh_rate_limiter_v1 limiter{sizeof(gh_rate_limiter_v1), 0, limiter_take, limiter_reset, limiter_ping};
constexpr gh_interface interfaces[] = {{GH_STORE_V1, &store}, {GH_RATE_LIMITER_V1, &limiter}};
constexpr gh_setting settings[] = {
    {"fault", "none", nullptr, "What it does wrong.", GH_SETTING_TEXT, 0},
    {"in", "get", nullptr, "In which function.", GH_SETTING_TEXT, 0},
    {"while", "", nullptr, "It does so as long as this file is there; empty: always.", GH_SETTING_TEXT, 0},
};

constexpr gh_plugin entry() {
  gh_plugin plugin{};
  plugin.magic = GH_MAGIC;
  plugin.struct_size = sizeof(gh_plugin);
  plugin.abi_major = GH_ABI_MAJOR;
  plugin.abi_minor = GH_ABI_MINOR;
  plugin.id = "bad-store";
  plugin.version = "1.0.0";
  plugin.license = "Apache-2.0";
  plugin.summary = "Does wrong what it is told to.";
  plugin.settings = settings;
  plugin.setting_count = std::extent_v<decltype(settings)>;
  plugin.setting_stride = sizeof(gh_setting);
  plugin.interfaces = interfaces;
  plugin.interface_count = std::extent_v<decltype(interfaces)>;
  plugin.interface_stride = sizeof(gh_interface);
  plugin.create = create;
  plugin.start = start;
  plugin.drain = drain;
  plugin.destroy = destroy;
  return plugin;
}

}  // namespace

extern "C" {
extern GH_EXPORT const gh_plugin gatehouse_plugin_v1;
}
constexpr gh_plugin gatehouse_plugin_v1 = entry();
