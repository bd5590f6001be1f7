// SPDX-License-Identifier: Apache-2.0
#include "case.h"
#include "mail/sending.h"

#include <gatehouse/mail_transport.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gatehouse::check {
namespace {

using namespace std::chrono_literals;
using mail::Mail;
using mail::Transport;

constexpr std::pair<const char*, std::string Mail::*> headers[] = {
    {"message_id", &Mail::message_id}, {"from_address", &Mail::from_address}, {"from_name", &Mail::from_name},
    {"to_address", &Mail::to_address}, {"to_name", &Mail::to_name},           {"subject", &Mail::subject},
};

std::string numbered(int thread, int mail) {
  return std::string("thread").append(std::to_string(thread)).append(".").append(std::to_string(mail));
}

void takes_mail(Context& context) {
  Transport transport(context);
  transport.must_take(transport.mail("plain"), "a plain mail");
  auto html = transport.mail("html");
  html.html = "<p>Nothing needs to be done.</p>\n";
  transport.must_take(html, "a mail with html");
  auto bare = transport.mail("bare");
  bare.from_name.clear();
  bare.to_name.clear();
  transport.must_take(bare, "a mail without names");
}

void takes_any_body(Context& context) {
  Transport transport(context);
  const std::pair<const char*, std::string> bodies[] = {
      {"lines of one dot", ".\n..\n.\nQUIT\n"},
      {"no line feed at its end", "the end"},
      {"a line of 5,000 characters", std::string(5000, 'x') + "\n"},
      {"letters beyond ASCII",
       "Gr\xc3\xbc\xc3\x9f"
       "e, \xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, \xe2\x82\xac \xf0\x9f\x94\x91\n"},
      {"lines that begin with From", "From here on\n>From there\n"},
      {"what looks like a boundary", "--\n--boundary\n--boundary--\nContent-Type: text/html\n\n<b>x</b>\n"},
      {"blanks at the ends of lines", "a \nb\t\n \n\n"},
      {"200 KiB", std::string(200 * 1024, 'y') + "\n"},
  };
  int number = 0;
  for (const auto& [what, body] : bodies) {
    auto text = transport.mail("body" + std::to_string(++number));
    text.text = body;
    text.html = number % 2 == 0 ? body : "";
    transport.must_take(text, std::string("a body with ") + what);
  }
}

void takes_any_name(Context& context) {
  Transport transport(context);
  const std::string words[] = {
      "J\xc3\xbcrgen M\xc3\xbcller",
      "O'Brien, \"Al\" (home) <x@example.com>",
      "=?utf-8?q?x?=",
      std::string(300, 'n'),
      "\xe6\xbc\xa2\xe5\xad\x97",
      "back\\slash; and: colon",
  };
  int number = 0;
  for (const auto& word : words) {
    auto named = transport.mail("name" + std::to_string(++number));
    named.to_name = word;
    named.from_name = word;
    named.subject = word;
    transport.must_take(named, "a mail whose names and subject are unusual");
  }
}

void refuses_header_injection(Context& context) {
  Transport transport(context);
  const std::pair<const char*, std::string> injections[] = {
      {"CR LF", "\r\nBcc: eve@example.com"}, {"LF", "\nBcc: eve@example.com"}, {"CR", "\rBcc: eve@example.com"},
      {"NUL", std::string("\0x", 2)},        {"CR LF at its end", "\r\n"},     {"LF at its end", "\n"},
  };
  for (const auto& [name, member] : headers) {
    for (const auto& [what, injection] : injections) {
      auto injected = transport.mail("inject");
      injected.*member += injection;
      transport.must_refuse(injected, std::string(what) + " in " + name);
    }
  }
  context.expect(transport.files_of(transport.mail("inject")) == 0, "a mail that was refused was written all the same");
}

void refuses_bad_addresses(Context& context) {
  Transport transport(context);
  const std::pair<const char*, std::string> bad[] = {
      {"no recipient", ""},
      {"an address without @", "nobody"},
      {"two addresses", "a@example.com, b@example.com"},
      {"an address in brackets with another behind", "a@example.com> RCPT TO:<eve@example.com"},
      {"a blank in the address", "a b@example.com"},
  };
  for (const auto& [what, address] : bad) {
    auto wrong = transport.mail("address");
    wrong.to_address = address;
    transport.must_refuse(wrong, what);
  }
  auto nameless = transport.mail("id");
  nameless.message_id.clear();
  transport.must_refuse(nameless, "no message_id, without which a retry would be a second mail");
}

void sends_once(Context& context) {
  Transport transport(context);
  const auto once = transport.mail("once");
  transport.must_take(once, "a mail");
  const int files = transport.files_of(once);
  transport.must_take(once, "the same mail again, which is what follows GH_IN_DOUBT");
  transport.must_take(once, "the same mail a third time");
  if (files == 0) {
    context.detail("what it hands over cannot be seen from here: only the answers were looked at");
    return;
  }
  const int later = transport.files_of(once);
  context.expect(later == files, "sent three times with one message_id, a mail is there " + std::to_string(later) +
                                     " times instead of " + std::to_string(files));
}

void sends_from_many_threads(Context& context) {
  Transport transport(context);
  constexpr int thread_count = 8;
  const int each = context.rounds(10);
  const auto shared = transport.mail("shared");
  const auto alone = transport.mail("alone");
  transport.must_take(alone, "a mail before the threads");
  const int seen = transport.files_of(alone);
  std::vector<std::thread> threads;
  for (int number = 0; number < thread_count; ++number) {
    threads.emplace_back([&, number] {
      transport.must_take(shared, "one mail from many threads");
      for (int i = 0; i < each; ++i) {
        transport.must_take(transport.mail(numbered(number, i)), "a mail while other threads send");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  if (seen == 0) return;  // it keeps no files here, so only its answers can be judged
  context.expect(transport.files_of(shared) == seen,
                 "sent by many threads at once with one message_id, a mail is there " +
                     std::to_string(transport.files_of(shared)) + " times");
  for (int number = 0; number < thread_count; ++number) {
    for (int i = 0; i < each; ++i) {
      context.expect(transport.files_of(transport.mail(numbered(number, i))) == seen,
                     "a mail that was taken while other threads sent is not there");
    }
  }
}

void overdue_sends_end(Context& context) {
  Transport transport(context);
  const auto began = std::chrono::steady_clock::now();
  const auto sent = transport.send(transport.mail("overdue"), -1s);
  const auto took = std::chrono::steady_clock::now() - began;
  context.expect(sent.status == GH_TIMEOUT, "send after its deadline answered " + status_name(sent.status) +
                                                "; it is GH_TIMEOUT, and nothing happens (ABI.md, rule 7)");
  context.expect(took < 2s, "send after its deadline went on for two seconds or more");
}

void takes_a_newer_mail(Context& context) {
  Transport transport(context);
  const auto known = transport.mail("newer");
  struct {
    gh_mail known;
    std::uint64_t unknown[6];
  } newer{mail::raw(known), {~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull}};
  newer.known.struct_size = sizeof(newer);
  Calling calling(context, "mail_transport.send of a newer host");
  const auto status = calling.done(transport.table().send(transport.self(), calling.call(), &newer.known));
  context.expect(status == GH_OK,
                 "a longer gh_mail of a newer host was answered with " + status_name(status) + ": " + calling.words());
}

}  // namespace

std::vector<Case> mail_cases() {
  const std::string_view id = GH_MAIL_TRANSPORT_V1;
  return {
      {"mail.takes_mail", "Mails with and without html and names are taken.", id, 60s, takes_mail},
      {"mail.takes_any_body", "A body may hold any UTF-8, long lines, dots and what looks like a boundary.", id, 60s,
       takes_any_body},
      {"mail.takes_any_name", "Names and subjects may hold any letters, quotes and commas.", id, 60s, takes_any_name},
      {"mail.refuses_header_injection", "No member of the header takes CR, LF or NUL.", id, 60s,
       refuses_header_injection},
      {"mail.refuses_bad_addresses", "One recipient, one address, one message id; anything else is GH_INVALID.", id,
       60s, refuses_bad_addresses},
      {"mail.sends_once", "A mail that is sent again with its message_id is one mail.", id, 60s, sends_once},
      {"mail.sends_from_many_threads", "Threads that send at once lose no mail and double none.", id, 60s,
       sends_from_many_threads},
      {"mail.overdue_sends_end", "A send after its deadline ends at once with GH_TIMEOUT.", id, 60s, overdue_sends_end},
      {"mail.takes_a_newer_mail", "The longer struct of a newer host is read as far as it is known.", id, 60s,
       takes_a_newer_mail},
  };
}

}  // namespace gatehouse::check
