// SPDX-License-Identifier: Apache-2.0
#include "calling.h"
#include "host_probe.h"
#include "instance.h"
#include "lifecycle/cases.h"
#include "lifecycle/use.h"
#include "plugins/create_args.h"

#include <gatehouse/plugin.h>

#include <cstring>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/mman.h>

namespace gatehouse::check::lifecycle {
namespace {

// A struct of a later release: what is known, then what this plugin cannot know.
template <class T>
struct Newer {
  T known;
  std::uint8_t unknown[48];
};
template <class T>
Newer<T> newer(const T& known) {
  Newer<T> made{known, {}};
  std::memset(made.unknown, 0xA5, sizeof(made.unknown));
  return made;
}

// Memory that is there during a call and nowhere afterwards.
class Borrowed {
 public:
  explicit Borrowed(std::size_t size) : size_(size) {
    pages_ =
        static_cast<std::uint8_t*>(::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  }
  ~Borrowed() { ::munmap(pages_, size_); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  template <class T>
  T* put(const T* from, std::size_t count) {
    used_ = (used_ + 15) & ~std::size_t{15};
    auto* to = pages_ + used_;
    if (count > 0) std::memcpy(to, from, count * sizeof(T));
    used_ += count * sizeof(T);
    return reinterpret_cast<T*>(to);
  }
  gh_slice put(gh_slice text) { return {put(text.data, text.size), text.size}; }
  // Whoever looks now dies, which is the verdict.
  void take_back() { ::mprotect(pages_, size_, PROT_NONE); }

 private:
  const std::size_t size_;
  std::uint8_t* pages_ = nullptr;
  std::size_t used_ = 0;
};

gh_create_args borrow(const gh_create_args& args, Borrowed& memory) {
  auto copy = args;
  copy.name = memory.put(args.name);
  copy.state_dir = memory.put(args.state_dir);
  auto* entries = memory.put(args.config, args.config_count);
  for (std::uint64_t i = 0; i < args.config_count; ++i) {
    entries[i].key = memory.put(entries[i].key);
    if (entries[i].value.type == GH_TEXT) entries[i].value.s = memory.put(entries[i].value.s);
  }
  copy.config = entries;
  return copy;
}

void live(Context& context, gh_instance* self, const gh_call& call) {
  const auto& plugin = context.plugin();
  context.entering("start");
  const auto started = plugin.start(self, &call);
  context.expect(started == GH_OK, "start answered " + status_name(started));
  use_a_little(context, self);
  context.entering("drain");
  const auto drained = plugin.drain(self, &call);
  context.expect(drained == GH_OK, "drain answered " + status_name(drained));
  context.entering("destroy");
  plugin.destroy(self);
}

struct Arguments {
  explicit Arguments(Context& context)
      : state_dir((context.folder() / "state").string()),
        args(context.plugin(), name, state_dir, settings_for(context.plugin(), context.subject(), {})) {
    std::filesystem::create_directory(state_dir);
  }
  const std::string name = "subject";
  const std::string state_dir;
  const plugins::CreateArgs args;
};

}  // namespace

void copies_what_it_keeps(Context& context) {
  auto& host = *new HostProbe(context);
  const Arguments arguments(context);
  Borrowed memory(1 << 20);
  Borrowed call_memory(1 << 16);
  gh_instance* self = nullptr;
  {
    Calling calling(context, "create");
    const auto given = borrow(arguments.args.raw(host.table(), 0), memory);
    auto* args = memory.put(&given, 1);
    auto* call = call_memory.put(calling.call(), 1);
    const auto status = calling.done(context.plugin().create(args, call, &self));
    context.expect(status == GH_OK, "create answered " + status_name(status) + ": " + calling.words());
  }
  memory.take_back();
  call_memory.take_back();
  const Calling calling(context, "start, drain and destroy, with what create got gone");
  live(context, self, *calling.call());
}

void takes_a_newer_host(Context& context) {
  auto& host = *new HostProbe(context);
  auto table = newer(host.table());
  table.known.struct_size = sizeof(table);
  table.known.abi_minor = GH_ABI_MINOR + 7;
  const Arguments arguments(context);
  auto args = newer(arguments.args.raw(table.known, 0));
  args.known.struct_size = sizeof(args);
  std::vector<Newer<gh_config_entry>> entries;
  for (std::uint64_t i = 0; i < args.known.config_count; ++i) entries.push_back(newer(args.known.config[i]));
  if (!entries.empty()) args.known.config = &entries.data()->known;
  args.known.config_stride = sizeof(Newer<gh_config_entry>);
  const Calling calling(context, "create, start, drain and destroy by a newer host");
  auto call = newer(*calling.call());
  call.known.struct_size = sizeof(call);
  gh_instance* self = nullptr;
  const auto status = context.plugin().create(&args.known, &call.known, &self);
  context.expect(status == GH_OK && self != nullptr,
                 "create answered " + status_name(status) +
                     " to a host whose structs have grown; walk arrays by the stride, accept a larger struct_size");
  live(context, self, call.known);
}

}  // namespace gatehouse::check::lifecycle
