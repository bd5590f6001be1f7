// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/common_handlers.h"
#include "auth/even_answers.h"
#include "auth/limits.h"
#include "auth/resend_verification.h"
#include "auth/verify_email.h"
#include "http/request.h"
#include "http/response.h"

namespace gatehouse::auth {

struct MailHandlersConfig {
  Tenants tenants;
  EvenAnswers answers;
};

// What mails lead to and what sends them again. Answers about an address are the same for every address, and leave at
// the same moment. Any thread.
class MailHandlers {
 public:
  MailHandlers(MailHandlersConfig config, const VerifyEmail& verify, const ResendVerification& resend,
               const Limits& limits, Random& random)
      : config_(std::move(config)), verify_(verify), resend_(resend), limits_(limits), random_(random) {}

  http::Response verify_email(const http::Request& request) const;
  http::Response resend_verification(const http::Request& request) const;

 private:
  http::Response resend_now(const http::Request& request) const;
  http::Response even(const http::Request& request, http::Response response) const;

  MailHandlersConfig config_;
  const VerifyEmail& verify_;
  const ResendVerification& resend_;
  const Limits& limits_;
  Random& random_;
};

}  // namespace gatehouse::auth
