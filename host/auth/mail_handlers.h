// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/common_handlers.h"
#include "auth/even_answers.h"
#include "auth/forgot_password.h"
#include "auth/limits.h"
#include "auth/resend_verification.h"
#include "auth/reset_password.h"
#include "auth/verify_email.h"
#include "http/request.h"
#include "http/response.h"

namespace gatehouse::auth {

struct MailHandlersConfig {
  Tenants tenants;
  EvenAnswers answers;
};

// What mails lead to and what sends them again. Answers about an address are the same for every address, and leave at
// the same moment. Any thread; reset_password in the hash lane.
class MailHandlers {
 public:
  MailHandlers(MailHandlersConfig config, const VerifyEmail& verify, const ResendVerification& resend,
               const ForgotPassword& forgot, const ResetPassword& reset, const Limits& limits, Random& random)
      : config_(std::move(config)),
        verify_(verify),
        resend_(resend),
        forgot_(forgot),
        reset_(reset),
        limits_(limits),
        random_(random) {}

  http::Response verify_email(const http::Request& request) const;
  http::Response resend_verification(const http::Request& request) const;
  http::Response forgot_password(const http::Request& request) const;
  http::Response reset_password(const http::Request& request) const;

 private:
  // An address, counted for `action`, goes to `story`; the answer is the same whatever it did.
  template <class Story>
  http::Response about_address(const http::Request& request, Action action, const Story& story) const;

  MailHandlersConfig config_;
  const VerifyEmail& verify_;
  const ResendVerification& resend_;
  const ForgotPassword& forgot_;
  const ResetPassword& reset_;
  const Limits& limits_;
  Random& random_;
};

}  // namespace gatehouse::auth
