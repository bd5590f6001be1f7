// SPDX-License-Identifier: Apache-2.0
// What a MAC and a signature cost through kms-local's C table, beside the same done by OpenSSL alone. The bars: a MAC
// of 64 bytes below 1 us; a signature near OpenSSL's own.
#include "unit/kms-local/plugin_instance.h"

#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <gatehouse/kms.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace gatehouse::bench {
namespace {

const gh_plugin& entry() {
  void* library = ::dlopen(KMS_LOCAL_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  void* symbol = library == nullptr ? nullptr : ::dlsym(library, GH_ENTRY_SYMBOL);
  if (symbol == nullptr) std::abort();
  return *static_cast<const gh_plugin*>(symbol);
}

struct Kms {
  Kms() {
    test::TestCall call;
    bool ready = instance.start(call) == GH_OK;
    ready = ready && table->ensure(instance.self(), call.get(), test::slice("refresh"), GH_ALG_HMAC_SHA256) == GH_OK;
    ready = ready && table->ensure(instance.self(), call.get(), test::slice("es"), GH_ALG_ES256) == GH_OK;
    ready = ready && table->ensure(instance.self(), call.get(), test::slice("ed"), GH_ALG_EDDSA) == GH_OK;
    ready = ready && table->ensure(instance.self(), call.get(), test::slice("rs"), GH_ALG_RS256) == GH_OK;
    if (!ready) std::abort();
  }

  test::TempFolder folder;
  test::FakeHost host;
  test::PluginInstance instance{
      entry(),
      host,
      {{"keyring", (folder.path() / "keyring").string()}, {"create", true}, {"rsa_bits", std::int64_t{3072}}}};
  const gh_kms_v1* table = static_cast<const gh_kms_v1*>(instance.table(GH_KMS_V1));
};

Kms& kms() {
  static Kms it;
  return it;
}

// The size of what a JWS signs.
const std::string claims(420, 'c');

void mac(benchmark::State& state) {
  Kms& under_test = kms();
  const test::TestCall call;
  const std::string message(static_cast<std::size_t>(state.range(0)), 'm');
  std::array<std::uint8_t, 32> out{};
  std::uint32_t used = 0;
  for (auto _ : state) {
    if (under_test.table->mac(under_test.instance.self(), call.get(), test::slice("refresh"), 0, test::slice(message),
                              out.data(), &used) != GH_OK) {
      state.SkipWithError("no MAC");
    }
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(mac)->Arg(64)->Arg(256)->ThreadRange(1, 2);

void sign(benchmark::State& state, std::string_view purpose) {
  Kms& under_test = kms();
  const test::TestCall call;
  std::uint32_t used = 0;
  const gh_bytes_sink sink = {nullptr, [](void*, gh_slice bytes) { benchmark::DoNotOptimize(bytes); }};
  for (auto _ : state) {
    if (under_test.table->sign(under_test.instance.self(), call.get(), test::slice(purpose), 0, test::slice(claims),
                               &sink, &used) != GH_OK) {
      state.SkipWithError("no signature");
    }
  }
}
BENCHMARK_CAPTURE(sign, es256, "es")->ThreadRange(1, 2);
BENCHMARK_CAPTURE(sign, eddsa, "ed");
BENCHMARK_CAPTURE(sign, rs256_3072, "rs");

// OpenSSL alone, hash and signature, DER form.
void openssl_es256(benchmark::State& state) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  std::array<std::uint8_t, 80> signature{};
  for (auto _ : state) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::size_t size = signature.size();
    if (EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key) != 1 ||
        EVP_DigestSign(context, signature.data(), &size, reinterpret_cast<const unsigned char*>(claims.data()),
                       claims.size()) != 1) {
      state.SkipWithError("no signature");
    }
    EVP_MD_CTX_free(context);
  }
  EVP_PKEY_free(key);
}
BENCHMARK(openssl_es256);

}  // namespace
}  // namespace gatehouse::bench

BENCHMARK_MAIN();
