// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::mail_smtp {

// An address that has passed mail_message::check(), as the wire takes it: the domain in ASCII (RFC 5891). Throws
// mail_message::InvalidMail, naming the member, when the domain cannot be a name.
std::string wire_address(std::string_view member, std::string_view address);

// Whether it needs SMTPUTF8 (RFC 6531) even so: its local part is not ASCII.
bool needs_smtputf8(std::string_view wire_address) noexcept;

}  // namespace gatehouse::mail_smtp
