// SPDX-License-Identifier: Apache-2.0
#include "check/faulty.h"

#include <gatehouse/mail_transport.h>

#include <algorithm>

extern "C" const gh_plugin gatehouse_plugin_mail_outbox;

namespace gatehouse::test::faulty {
namespace {

const gh_mail_transport_v1& right() {
  return *static_cast<const gh_mail_transport_v1*>(gatehouse_plugin_mail_outbox.interfaces[0].table);
}

std::string first_line(gh_slice text) {
  return std::string(view(text).substr(0, view(text).find_first_of(std::string_view("\r\n\0", 3))));
}

bool is_ascii(gh_slice text) {
  return std::all_of(text.data, text.data + text.size, [](uint8_t byte) { return byte < 0x80; });
}

gh_status send(gh_instance* self, const gh_call* call, const gh_mail* given) {
  static std::atomic<int> count{0};
  if (is("wants its own size") && given->struct_size != sizeof(*given)) return explain(call, GH_INVALID, "size");
  if (is("refuses html") && given->html.size > 0) return explain(call, GH_INVALID, "text only");
  if (is("refuses long bodies") && given->text.size > 65536) return explain(call, GH_INVALID, "too long");
  if (is("refuses letters") && !is_ascii(given->to_name)) return explain(call, GH_INVALID, "ASCII only");
  if (is("loses mail when crowded") && crowded()) return GH_OK;
  if (is("dawdles")) dawdle(call);
  auto mail = *given;
  const auto subject = first_line(given->subject);
  const auto address = view(given->to_address).find('@') == std::string_view::npos
                           ? std::string("postmaster@localhost")
                           : std::string(view(given->to_address));
  const auto id = std::string(view(given->message_id)) + "." + std::to_string(++count);
  if (is("cuts subjects")) mail.subject = slice(subject);
  if (is("sends to somebody")) mail.to_address = slice(address);
  if (is("sends again")) mail.message_id = slice(id);
  auto changed_call = *call;
  if (is("takes its time")) changed_call.deadline_ns = INT64_MAX;
  return right().send(self, &changed_call, &mail);
}

gh_status ping(gh_instance* self, const gh_call* call) { return right().ping(self, call); }

constexpr gh_mail_transport_v1 table{sizeof(gh_mail_transport_v1), 0, send, ping};

}  // namespace
}  // namespace gatehouse::test::faulty

extern "C" const gh_interface FAULTY_TABLE = {GH_MAIL_TRANSPORT_V1, &gatehouse::test::faulty::table};
