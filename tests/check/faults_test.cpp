// SPDX-License-Identifier: Apache-2.0
// For each case of the kit a plugin that is right but for what the case is there to find.
#include "check/kit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

struct Fault {
  const char* plugin;
  const char* fault;
  const char* case_name;
  const char* verdict;
  const char* words;  // part of the sentence
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.plugin << ": " << fault.fault; }

constexpr const char* limiter = "faulty-limiter";
constexpr const char* kms = "faulty-kms";
constexpr const char* mail = "faulty-mail";

const std::vector<Fault>& faults() {
  static const std::vector<Fault> all = {
      {"load-missing", "", "loading.loads", "failed", "No such file"},
      {"load-two-exports", "", "loading.exports_one_symbol", "failed", "one_more"},
      {"load-unique", "", "loading.no_unique_symbols", "failed", "STB_GNU_UNIQUE"},
      {"load-foreign", "", "loading.no_foreign_symbols", "failed", "looks like OpenSSL: EVP_DigestInit_ex"},
      {"load-filled-by-code", "", "loading.entry_is_constant", "failed", "until code has run"},
      {"load-unknown-interface", "", "loading.interfaces_are_known", "failed", "gatehouse.limiter/1"},
      {"load-other-interface", "", "loading.interfaces_are_known", "warned", "acme.limiter/1"},
      {"load-slow", "", "loading.loads_fast", "failed", "under 100 ms is expected"},
      {"load-thread", "", "loading.starts_nothing", "failed", "1 threads run after loading"},

      {limiter, "create reads a file", "lifecycle.validate_does_no_io", "failed", "/var/lib/gatehouse-faulty"},
      {limiter, "create reads a file", "lifecycle.create_does_no_io", "failed", "/var/lib/gatehouse-faulty"},
      {limiter, "create refuses silently", "lifecycle.refuses_settings_in_words", "failed", "did not explain why"},
      {limiter, "start reads what was borrowed", "lifecycle.copies_what_it_keeps", "crashed", "in or after start"},
      {limiter, "create wants its own size", "lifecycle.takes_a_newer_host", "failed", "structs have grown"},
      {mail, "start fails silently", "lifecycle.survives_a_failed_start", "failed", "did not explain why"},
      {limiter, "create leaks", "lifecycle.leaks_nothing", "failed", "bytes behind"},
      {limiter, "start fails", "lifecycle.starts_and_stops", "failed",
       "GH_UNAVAILABLE: no backend at /run/backend.sock"},
      {limiter, "start crashes", "lifecycle.starts_and_stops", "crashed", "in or after start"},
      {limiter, "start ends the process", "lifecycle.starts_and_stops", "crashed", "exit code 7 in or after start"},
      {limiter, "start hangs", "lifecycle.starts_and_stops", "timed out", "it hung in start, which"},
      {limiter, "start answers 42", "lifecycle.starts_and_stops", "failed", "42, which is no gh_status"},
      {limiter, "start throws", "lifecycle.starts_and_stops", "failed",
       "an exception came out of the plugin: not today"},
      {limiter, "start explains on another thread", "lifecycle.starts_and_stops", "failed", "from another thread"},
      {limiter, "a thread stays", "lifecycle.drain_leaves_nothing", "failed", "1 of its threads run on"},
      {limiter, "a file stays open", "lifecycle.drain_leaves_nothing", "failed", "/dev/null"},
      {limiter, "a file stays open once", "lifecycle.drain_leaves_nothing", "warned", "/dev/null"},
      {limiter, "ends with another", "lifecycle.side_by_side", "failed", "its connection was closed"},
      {limiter, "start sets the locale", "lifecycle.is_a_guest", "failed", "the locale"},
      {limiter, "start sets the umask", "lifecycle.is_a_guest", "failed", "the umask"},
      {limiter, "start sets a variable", "lifecycle.is_a_guest", "failed", "GATEHOUSE_FAULTY changed"},
      {limiter, "start counts for the host", "lifecycle.starts_and_stops", "failed",
       "it counts under \"misuse\", which is a counter of the host's own"},
      {limiter, "start takes a signal", "lifecycle.is_a_guest", "failed", "SIGUSR1"},
      {limiter, "start prints", "lifecycle.is_a_guest", "failed", "standard "},
      {limiter, "start changes the folder", "lifecycle.is_a_guest", "failed", "the working directory"},
      {limiter, "a thread stays", "lifecycle.threads_block_signals", "failed", "SIGTERM"},

      {limiter, "counts one more", "limiter.counts_to_the_limit", "failed", "event 6 of 5 was allowed"},
      {limiter, "remains one less", "limiter.agrees_with_the_model", "failed", "right is allowed"},
      {limiter, "waits too short", "limiter.retry_after_is_exact", "failed", "retry_after_us = 0"},
      {limiter, "folds case", "limiter.keys_are_independent", "failed", "a new bucket refused"},
      {limiter, "ends keys at NUL", "limiter.keys_are_independent", "failed", "a new bucket refused"},
      {limiter, "resets nothing", "limiter.reset_forgets", "failed", "a new bucket refused"},
      {limiter, "has its own clock", "limiter.time_is_the_calls", "failed", "the only clock"},
      {limiter, "never goes back", "limiter.clock_set_back", "failed", "still refuses"},
      {limiter, "keeps the first limit", "limiter.limit_changes_hold", "failed", "did not hold at once"},
      {limiter, "takes any limit", "limiter.refuses_nonsense", "failed", "left 0 of 0"},
      {limiter, "cuts windows to 32 bits", "limiter.takes_extremes", "failed", "take answered"},
      {limiter, "wants its own size", "limiter.takes_extremes", "failed", "of a newer host"},
      {limiter, "takes its time", "limiter.overdue_calls_end", "failed", "answered GH_OK; it is GH_TIMEOUT"},
      {limiter, "dawdles", "limiter.overdue_calls_end", "failed", "for a second or more"},
      {limiter, "counts more when crowded", "limiter.exactly_the_limit_of_many", "failed",
       "were allowed, the limit is"},
      {limiter, "counts more when crowded", "limiter.no_window_holds_more", "failed", "events were allowed within"},

      {kms, "hides the current key", "kms.lists_its_keys", "failed", "0 keys of a purpose are current"},
      {kms, "ensures anything", "kms.ensure_is_idempotent", "failed", "one purpose has one algorithm"},
      {kms, "counts its MACs", "kms.macs_are_a_function", "failed", "two MACs of one message differ"},
      {kms, "has one key for all", "kms.macs_are_a_function", "failed", "two purposes share a key"},
      {kms, "writes too much", "kms.macs_are_a_function", "failed", "outside of its 32 bytes"},
      {kms, "flips a bit", "kms.es256_verifies", "failed", "OpenSSL does not verify"},
      {kms, "flips a bit", "kms.eddsa_verifies", "failed", "OpenSSL does not verify"},
      {kms, "flips a bit", "kms.rs256_verifies", "failed", "OpenSSL does not verify"},
      {kms, "flips a bit", "kms.gives_published_results", "failed", "the check file has for purpose vector"},
      {kms, "takes any version", "kms.refuses_what_is_not_there", "failed", "a version that does not exist"},
      {kms, "signs with anything", "kms.refuses_the_other_use", "failed", "it signed with an HMAC key"},
      {kms, "takes any purpose", "kms.refuses_bad_purposes", "failed", "not [a-z_]{1,32}"},
      {kms, "takes its time", "kms.overdue_calls_end", "failed", "answered GH_OK; it is GH_TIMEOUT"},
      {kms, "dawdles", "kms.overdue_calls_end", "failed", "for a second or more"},
      {kms, "knows the current version only", "kms.rotation_keeps_the_old", "failed", "the former version"},
      {kms, "forgets its keys", "kms.keys_survive_a_restart", "failed", "would be invalid"},
      {kms, "flips a bit when crowded", "kms.signs_on_many_threads", "failed", "another MAC than alone"},
      {kms, "always says version 1", "kms.rotates_under_load", "failed", "which it says it used"},

      {mail, "refuses html", "mail.takes_mail", "failed", "a mail with html"},
      {mail, "refuses long bodies", "mail.takes_any_body", "failed", "200 KiB"},
      {mail, "refuses letters", "mail.takes_any_name", "failed", "ASCII only"},
      {mail, "cuts subjects", "mail.refuses_header_injection", "failed", "CR LF in subject"},
      {mail, "sends to somebody", "mail.refuses_bad_addresses", "failed", "no recipient"},
      {mail, "sends again", "mail.sends_once", "failed", "3 times instead of 1"},
      {mail, "loses mail when crowded", "mail.sends_from_many_threads", "failed", "a mail is there 0 times"},
      {mail, "takes its time", "mail.overdue_sends_end", "failed", "answered GH_OK; it is GH_TIMEOUT"},
      {mail, "dawdles", "mail.overdue_sends_end", "failed", "two seconds or more"},
      {mail, "wants its own size", "mail.takes_a_newer_mail", "failed", "newer host"},
  };
  return all;
}

// A vector that no key of a new keyring gives.
constexpr const char* some_vector =
    "[[vector]]\npurpose = \"vector\"\nalgorithm = \"HMAC-SHA256\"\nmessage = \"00\"\nresult = \"00\"\n";

class KitFinds : public ::testing::TestWithParam<Fault> {};

TEST_P(KitFinds, TheFault) {
  const auto& fault = GetParam();
#ifdef GATEHOUSE_SANITIZED
  if (std::string_view(fault.fault) == "create leaks") GTEST_SKIP() << "a sanitizer's allocator keeps no such count";
#endif
  const bool has_settings = *fault.fault != '\0';
  std::string file = has_settings ? std::string("[config]\nfault = \"") + fault.fault + "\"\n" : std::string();
  if (std::string_view(fault.verdict) == "timed out") file += "[check]\ntime_factor = 0.02\n";
  if (std::string_view(fault.case_name) == "kms.gives_published_results") file += some_vector;
  const auto report = check(faulty(fault.plugin), file, {"--only", fault.case_name});
  const auto& result = report.of(fault.case_name);
  EXPECT_EQ(result["verdict"].text(), fault.verdict) << result["sentence"].text();
  EXPECT_NE(result["sentence"].text().find(fault.words), std::string::npos) << result["sentence"].text();
  EXPECT_EQ(report.code, std::string_view(fault.verdict) == "warned" ? 0 : 1);
}

std::string name_of(const ::testing::TestParamInfo<Fault>& info) {
  std::string name = std::string(info.param.case_name) + "_" + std::to_string(info.index);
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, KitFinds, ::testing::ValuesIn(faults()), name_of);

TEST(Kit, EveryCaseHasAPluginThatItFindsWrong) {
  std::set<std::string> found;
  for (const auto& fault : faults()) found.insert(fault.case_name);
  const auto list = Json::parse(run_kit({"--list", "--json"}).out);
  for (const auto& each : list.items()) {
    const auto& name = each["name"].text();
    // The mutants of store-memory are the counterpart of these.
    if (name.starts_with("store.") || name.starts_with("watch.")) continue;
    EXPECT_TRUE(found.count(name) == 1) << name;
  }
}

TEST(Kit, PassesThePluginsUnderTheFaults) {
  for (const auto* plugin : {limiter, kms, mail}) {
    const auto report = check(faulty(plugin), "");
    EXPECT_EQ(report.code, 0);
    for (const auto& each : report.json["cases"].items()) {
      const auto& verdict = each["verdict"].text();
      EXPECT_TRUE(verdict == "passed" || verdict == "skipped") << each["name"].text() << " " << each["sentence"].text();
    }
  }
}

}  // namespace
}  // namespace gatehouse::test
