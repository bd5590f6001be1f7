// SPDX-License-Identifier: Apache-2.0
// Refresh tokens. The first byte of the input says what the rest is:
//   T  a token as a client sends it
//   B  the bytes of a header, behind the MAC that keeps strangers from reaching that code
//   I  an identity: tenant, user, session, generation, from which a token is made, and a place in it that is changed
#include "support/test_key.h"
#include "support/test_kms.h"
#include "tokens/refresh_header.h"
#include "tokens/refresh_token.h"
#include "tokens/uuid_bytes.h"

#include <gatehouse/kms.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using gatehouse::Secret;
using gatehouse::Time;
using gatehouse::test::call_at;
using gatehouse::test::TestKey;
using gatehouse::test::TestKms;
using gatehouse::tokens::RefreshTokenId;
using gatehouse::tokens::RefreshTokens;

constexpr Time now{std::chrono::seconds(1'800'000'000)};
constexpr std::string_view salt = "0123456789abcdef";

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool same(const RefreshTokenId& a, const RefreshTokenId& b) {
  return a.tenant == b.tenant && a.user == b.user && a.session == b.session && a.generation == b.generation;
}

// Hands out the input from its front, zeros once it is used up.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}
  std::string take(std::size_t size) {
    std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(taken.size());
    taken.resize(size, '\0');
    return taken;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

 private:
  std::string_view rest_;
};

class World {
 public:
  World() { kms_.rotate(gatehouse::tokens::refresh_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(1)); }

  void token(std::string_view text) {
    const auto presented = tokens_.parse(Secret<std::string>(std::string(text)), call_at(now));
    if (!presented) return;
    const auto made = tokens_.derive(presented->id, salt, call_at(now));
    require(made.has_value() && made->reveal() == text, "only tokens derived here are accepted");
  }

  void header(std::string_view bytes) {
    const auto header = gatehouse::tokens::read_refresh_header(bytes);
    if (!header) return;
    require(gatehouse::tokens::write_refresh_header(header->id) == bytes.substr(0, header->size),
            "a header has one form");
  }

  void identity(std::string_view bytes) {
    Input input(bytes);
    RefreshTokenId id;
    const auto name = input.take(16);
    id.tenant = name[0] == '\0' ? name.substr(1, name.find('\0', 1) - 1) : gatehouse::tokens::uuid_to_text(name);
    id.user = gatehouse::tokens::uuid_to_text(input.take(16));
    id.session = gatehouse::tokens::uuid_to_text(input.take(16));
    id.generation = input.number();
    const auto made = tokens_.derive(id, salt, call_at(now));
    require(made.has_value() == !id.tenant.empty(), "every identity has a token, but for one without a tenant");
    if (!made) return;
    check(made->reveal(), id);

    auto changed = made->reveal();
    auto& place = changed[input.number() % changed.size()];
    const auto other = input.take(1)[0];
    if (place == other) return;
    place = other;
    require(!tokens_.parse(Secret<std::string>(changed), call_at(now)), "no character can be another");
  }

 private:
  void check(const std::string& text, const RefreshTokenId& id) {
    const auto presented = tokens_.parse(Secret<std::string>(text), call_at(now));
    require(presented.has_value() && same(presented->id, id), "a token says which it is");
    const auto genuine = tokens_.authentic(*presented, salt, call_at(now));
    require(genuine.has_value() && *genuine, "a token is genuine");
  }

  TestKms kms_;
  RefreshTokens tokens_{kms_.keys()};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'T': world.token(rest); break;
    case 'B': world.header(rest); break;
    case 'I': world.identity(rest); break;
    default: break;
  }
  return 0;
}
