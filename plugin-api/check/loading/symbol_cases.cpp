// SPDX-License-Identifier: Apache-2.0
#include "loading/symbol_cases.h"

#include "plugins/elf_image.h"
#include "plugins/elf_symbols.h"
#include "process_state.h"

#include <gatehouse/plugin.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace gatehouse::check::loading {
namespace {

struct Library {
  std::string_view name;
  std::string_view prefix;
};

// A plugin that exports these has linked the library in without hiding it: then the host may run on the plugin's copy,
// or the plugin on the host's.
constexpr Library libraries[] = {
    {"OpenSSL", "EVP_"},        {"OpenSSL", "SSL_"},
    {"OpenSSL", "CRYPTO_"},     {"OpenSSL", "OPENSSL_"},
    {"OpenSSL", "BIO_"},        {"OpenSSL", "X509_"},
    {"OpenSSL", "ERR_"},        {"OpenSSL", "RSA_"},
    {"OpenSSL", "EC_"},         {"libpq", "PQ"},
    {"SQLite", "sqlite3_"},     {"hiredis", "redis"},
    {"libcurl", "curl_"},       {"libsodium", "sodium_"},
    {"libsodium", "crypto_"},   {"zlib", "inflate"},
    {"zlib", "deflate"},        {"POCO", "_ZN4Poco"},
    {"POCO", "_ZNK4Poco"},      {"libpqxx", "_ZN4pqxx"},
    {"Boost", "_ZN5boost"},     {"protobuf", "_ZN6google8p"},
    {"libstdc++", "_ZNSt"},     {"libstdc++", "_ZNKSt"},
    {"libstdc++", "_ZSt"},      {"libstdc++", "_ZTISt"},
    {"libstdc++", "_ZTVSt"},    {"libstdc++", "_ZTSSt"},
    {"libstdc++", "__cxa_"},    {"libstdc++", "_Zn"},
    {"libstdc++", "_Zd"},       {"an allocator", "malloc"},
    {"an allocator", "calloc"}, {"an allocator", "realloc"},
    {"an allocator", "free"},
};

const char* const fix =
    "; build it with gatehouse_add_plugin(), or with hidden visibility, an export map and -Wl,--exclude-libs,ALL";

std::string bytes_of(Context& context) {
  std::ifstream in(context.subject().file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (const auto problem = plugins::elf_problem(bytes); !in || !problem.empty()) {
    context.fail(in ? "it " + problem : "it cannot be read");
  }
  return bytes;
}

template <class Take>
std::set<std::string> exports_that(Context& context, Take take) {
  std::set<std::string> names;
  for (const auto& symbol : plugins::exported_symbols(bytes_of(context))) {
    if (take(symbol)) names.insert(symbol.name);
  }
  return names;
}

}  // namespace

void exports_one_symbol(Context& context) {
  bool entry = false;
  const auto others = exports_that(context, [&](const auto& symbol) {
    const bool is_entry = symbol.name == GH_ENTRY_SYMBOL && symbol.is_object;
    entry = entry || is_entry;
    return !is_entry;
  });
  context.expect(entry,
                 "it does not export the data symbol " GH_ENTRY_SYMBOL ": use GATEHOUSE_PLUGIN() once, or GH_EXPORT");
  context.expect(others.empty(), "it exports more than " GH_ENTRY_SYMBOL ": " + some_of(others) + fix);
}

void no_unique_symbols(Context& context) {
  const auto unique = exports_that(context, [](const auto& symbol) { return symbol.is_unique; });
  context.expect(unique.empty(),
                 "it exports symbols that are one for the whole process (STB_GNU_UNIQUE), shared with "
                 "every other plugin: " +
                     some_of(unique) + fix);
}

void no_foreign_symbols(Context& context) {
  std::set<std::string> whose;
  const auto foreign = exports_that(context, [&](const auto& symbol) {
    for (const auto& library : libraries) {
      if (!symbol.name.starts_with(library.prefix)) continue;
      whose.insert(std::string(library.name));
      return true;
    }
    return false;
  });
  context.expect(foreign.empty(), "it exports what looks like " + some_of(whose) + ": " + some_of(foreign) +
                                      "; the host and other plugins may be bound to this copy" + fix);
}

void entry_is_constant(Context& context) {
  const auto bytes = bytes_of(context);
  for (const auto& symbol : plugins::exported_symbols(bytes)) {
    if (symbol.name != GH_ENTRY_SYMBOL) continue;
    const auto linked = plugins::linked_bytes(bytes, symbol.address, sizeof(GH_MAGIC));
    std::uint64_t magic = 0;
    if (linked.size() == sizeof(magic)) std::memcpy(&magic, linked.data(), sizeof(magic));
    context.expect(magic == GH_MAGIC, "its " GH_ENTRY_SYMBOL
                                      " holds no gh_plugin until code has run; make it a constant, so "
                                      "that its versions can be read first");
    return;
  }
  context.fail("it does not export " GH_ENTRY_SYMBOL);
}

}  // namespace gatehouse::check::loading
