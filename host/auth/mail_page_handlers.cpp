// SPDX-License-Identifier: Apache-2.0
#include "auth/mail_page_handlers.h"

#include "base/encoding.h"
#include "crypto/digest.h"

#include <algorithm>
#include <string_view>

namespace gatehouse::auth {
namespace {

constexpr std::string_view style =
    "body{font-family:system-ui,sans-serif;line-height:1.5;max-width:26em;margin:4em auto;padding:0 1em}"
    "input,button{font:inherit;padding:.5em .8em;margin:.3em 0;box-sizing:border-box;width:100%}"
    "#word{min-height:3em}";

// One script for both pages: what to send is what the form holds.
constexpr std::string_view script = R"js('use strict';
const form = document.querySelector('form'), word = document.getElementById('word');
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
if (!token) { word.textContent = 'This page is opened by a link in a mail. The link seems to be incomplete.'; form.hidden = true; }
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button'), body = {token};
  for (const input of form.querySelectorAll('input')) body[input.name] = input.value;
  button.disabled = true;
  try {
    const answer = await fetch(location.pathname, {method: 'POST', headers: {'Content-Type': 'application/json'},
      body: JSON.stringify(body), credentials: 'omit'});
    if (answer.ok) { word.textContent = form.dataset.done; form.hidden = true; return; }
    const problem = await answer.json();
    word.textContent = [problem.detail, ...(problem.errors || []).map((error) => error.detail)].join(' ');
  } catch (failure) { word.textContent = 'The server cannot be reached. Please try again.'; }
  button.disabled = false;
});)js";

std::string document(std::string_view title, std::string_view done, std::string_view inputs, std::string_view button) {
  std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>";
  page.append(title).append("</title><meta name=\"viewport\" content=\"width=device-width\"><style>").append(style);
  page.append("</style></head><body><h1>").append(title).append("</h1><form data-done=\"").append(done).append("\">");
  page.append(inputs).append("<button>").append(button).append("</button></form><p id=\"word\" role=\"status\"></p>");
  page.append("<noscript><p>This page needs JavaScript.</p></noscript><script>").append(script);
  return page.append("</script></body></html>\n");
}

// As a Content-Security-Policy names a text: base64 with the ordinary alphabet and padding.
std::string hash_source(std::string_view text) {
  auto digest = base64url_encode(crypto::view(crypto::sha256(text)));
  std::replace(digest.begin(), digest.end(), '-', '+');
  std::replace(digest.begin(), digest.end(), '_', '/');
  return "'sha256-" + digest + "='";
}

}  // namespace

MailPageHandlers::MailPageHandlers()
    : verify_(document("Confirm your address", "Your address is confirmed.",
                       "<p>Only if the account is yours: whoever opened it chose its password. If that was not you, "
                       "close this page, or ask for a new password and let the mail to you decide.</p>",
                       "Confirm")),
      reset_(document("Choose a new password", "Your password is changed. You can log in with it now.",
                      "<label>New password<input name=\"password\" type=\"password\" autocomplete=\"new-password\" "
                      "required></label>",
                      "Change the password")),
      policy_("default-src 'none'; script-src " + hash_source(script) + "; style-src " + hash_source(style) +
              "; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'") {}

http::Response MailPageHandlers::verify_email(const http::Request&) const { return page(verify_); }
http::Response MailPageHandlers::reset_password(const http::Request&) const { return page(reset_); }

http::Response MailPageHandlers::page(const std::string& body) const {
  auto response = http::Response::json(200, body);
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("Content-Security-Policy", policy_);
  return response;
}

}  // namespace gatehouse::auth
