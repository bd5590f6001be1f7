// SPDX-License-Identifier: Apache-2.0
#include "check/faulty.h"

#include <gatehouse/kms.h>

extern "C" const gh_plugin gatehouse_plugin_kms_local;

namespace gatehouse::test::faulty {
namespace {

const gh_kms_v1& right() { return *static_cast<const gh_kms_v1*>(gatehouse_plugin_kms_local.interfaces[0].table); }

// The purpose a call is really about.
std::string purpose_of(gh_slice purpose) {
  if (is("takes any purpose") &&
      view(purpose).find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string_view::npos) {
    return "check_mac";
  }
  // As somebody would who keeps keys by instance.
  if (is("forgets its keys")) return std::string(view(purpose)) + (one_is_gone ? "_b" : "_a");
  if (is("has one key for all") && view(purpose) == "check_other") return "check_mac";
  return std::string(view(purpose));
}

gh_status ensure(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t algorithm) {
  const auto name = purpose_of(purpose);
  const auto status = right().ensure(self, call, slice(name), algorithm);
  return is("ensures anything") && status == GH_INVALID ? GH_OK : status;
}

gh_status keys(gh_instance* self, const gh_call* call, gh_slice purpose, const gh_key_sink* sink) {
  const auto name = purpose_of(purpose);
  if (is("hides the current key")) {
    const gh_key_sink hiding{const_cast<gh_key_sink*>(sink), [](void* context, const gh_key_info* key) {
                               auto copy = *key;
                               copy.state = GH_KEY_ACTIVE;
                               const auto* real = static_cast<const gh_key_sink*>(context);
                               real->put(real->context, &copy);
                             }};
    return right().keys(self, call, slice(name), &hiding);
  }
  return right().keys(self, call, slice(name), sink);
}

uint32_t version_of(uint32_t version) {
  if (is("takes any version") && version > 50) return 0;
  return is("knows the current version only") ? 0 : version;
}

gh_status mac(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t version, gh_slice message,
              uint8_t out[32], uint32_t* used) {
  static std::atomic<uint8_t> count{0};
  const auto name = purpose_of(purpose);
  if (is("dawdles")) dawdle(call);
  if (is("writes too much")) out[32] = 0;
  auto changed_call = *call;
  if (is("takes its time")) changed_call.deadline_ns = INT64_MAX;
  const auto status = right().mac(self, &changed_call, slice(name), version_of(version), message, out, used);
  if (status == GH_OK && version != 0) *used = version;
  if (is("counts its MACs")) out[0] = ++count;
  if (is("flips a bit") || (is("flips a bit when crowded") && crowded())) out[31] ^= 1;
  return status;
}

gh_status sign(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t version, gh_slice message,
               const gh_bytes_sink* sink, uint32_t* used) {
  const auto name = purpose_of(purpose);
  if (is("dawdles")) dawdle(call);
  if (is("signs with anything") && view(purpose) == "check_mac") {
    sink->put(sink->context, slice("a signature of some kind"));
    *used = 1;
    return GH_OK;
  }
  std::string made;
  const gh_bytes_sink own{&made,
                          [](void* context, gh_slice bytes) { *static_cast<std::string*>(context) = view(bytes); }};
  const auto status = right().sign(self, call, slice(name), version_of(version), message, &own, used);
  if (status != GH_OK) return status;
  if (is("flips a bit")) made.back() = static_cast<char>(made.back() ^ 1);
  if (is("always says version 1")) *used = 1;
  sink->put(sink->context, slice(made));
  return GH_OK;
}

gh_status rotate(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t* version) {
  const auto name = purpose_of(purpose);
  return right().rotate(self, call, slice(name), version);
}

gh_status ping(gh_instance* self, const gh_call* call) { return right().ping(self, call); }

constexpr gh_kms_v1 table{sizeof(gh_kms_v1), 0, ensure, keys, mac, sign, rotate, ping, nullptr};

}  // namespace
}  // namespace gatehouse::test::faulty

extern "C" const gh_interface FAULTY_TABLE = {GH_KMS_V1, &gatehouse::test::faulty::table};
