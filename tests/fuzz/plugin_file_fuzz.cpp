// SPDX-License-Identifier: Apache-2.0
// Any bytes as a plugin's file: it is read or refused, nothing outside of it is touched, and what it says of itself can
// be shown. The corpus holds libraries for x86-64; elsewhere they are refused at once.
#include "base/json_text.h"
#include "plugins/description.h"
#include "plugins/elf_image.h"
#include "plugins/load_error.h"
#include "plugins/manifest.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read(std::string_view bytes) {
  using namespace gatehouse;
  if (!plugins::elf_problem(bytes).empty()) return;
  try {
    const plugins::Manifest manifest(bytes, "x.so");
    const auto about = plugins::describe(manifest.entry());
    for (const auto& text : {about.id, about.version, about.license, about.summary}) require(is_presentable(text));
    for (const auto& id : about.interfaces) require(is_presentable(id));
    for (const auto& setting : about.settings) {
      require(is_presentable(setting.key) && is_presentable(setting.summary));
      require(is_presentable(setting.default_value.value_or("")));
      for (const auto& allowed : setting.allowed) require(is_presentable(allowed));
    }
  } catch (const plugins::LoadError& refusal) {
    require(is_presentable(refusal.what()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read({reinterpret_cast<const char*>(data), size});
  return 0;
}
