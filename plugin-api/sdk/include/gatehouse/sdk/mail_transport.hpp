// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/mail_transport.h>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <string_view>

// "gatehouse.mail_transport/1" in C++; the contract is in <gatehouse/mail_transport.h>.
namespace gatehouse::sdk {

class MailView {
 public:
  explicit MailView(const gh_mail& mail) noexcept : mail_(mail) {}
  std::string_view message_id() const noexcept { return view(mail_.message_id); }
  std::string_view from_address() const noexcept { return view(mail_.from_address); }
  std::string_view from_name() const noexcept { return view(mail_.from_name); }
  std::string_view to_address() const noexcept { return view(mail_.to_address); }
  std::string_view to_name() const noexcept { return view(mail_.to_name); }
  std::string_view subject() const noexcept { return view(mail_.subject); }
  std::string_view text() const noexcept { return view(mail_.text); }
  std::string_view html() const noexcept { return view(mail_.html); }

 private:
  const gh_mail& mail_;
};

// Derive the plugin's class from Plugin and from this. Everything may be called from any thread at once.
class MailTransport {
 public:
  virtual Status send(const Call& call, const MailView& mail) = 0;
  virtual Status ping(const Call& call) = 0;

 protected:
  ~MailTransport() = default;
};

namespace detail {

template <class T>
struct MailTransportTable {
  static MailTransport& self(gh_instance* instance) noexcept { return *reinterpret_cast<T*>(instance); }

  static gh_status send(gh_instance* instance, const gh_call* call, const gh_mail* mail) noexcept {
    if (mail->struct_size < sizeof(gh_mail)) return GH_INVALID;
    return guarded(call, [&](const Call& c) { return self(instance).send(c, MailView(*mail)); });
  }
  static gh_status ping(gh_instance* instance, const gh_call* call) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).ping(c); });
  }

  static constexpr gh_mail_transport_v1 table = {sizeof(gh_mail_transport_v1), 0, send, ping};
};

}  // namespace detail
}  // namespace gatehouse::sdk
