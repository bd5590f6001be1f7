// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/mailbox.h"

#include <algorithm>

namespace gatehouse::test {
namespace {

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

const std::vector<std::string> answer_members =
    sorted({"token", "accessToken", "refreshToken", "expiresIn", "tokenType", "user"});
const std::vector<std::string> user_members = sorted(
    {"id", "email", "name", "firstName", "lastName", "emailVerified", "userType", "role", "permissions", "tenantId"});

class Signup : public ApiTest {
 protected:
  void SetUp() override { start(); }
};

TEST_F(Signup, AnswersWithTokensAndTheUserInTheDocumentedShape) {
  const auto response = api().signup(
      account("ada"), {{"firstName", R"("Ada")"}, {"lastName", R"("Lovelace")"}, {"phone", R"("+49 30 1234567")"}});
  ASSERT_EQ(response.status, 201) << response.body;
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_EQ(response.header("cache-control"), "no-store");
  const auto body = Json::parse(response.body);
  // sessionExpiresAt and reauthenticateAt may be there (T2); what S1's clients know must be.
  for (const auto& name : answer_members) EXPECT_FALSE(body[name].missing()) << name;
  EXPECT_EQ(body["token"].text(), body["accessToken"].text());
  EXPECT_EQ(body["expiresIn"].integer(), 900);
  EXPECT_EQ(body["tokenType"].text(), "Bearer");
  EXPECT_TRUE(body["refreshToken"].text().starts_with("ghr_"));
  EXPECT_EQ(sorted(body["user"].names()), user_members);
}

TEST_F(Signup, DescribesTheNewUser) {
  const auto response = api().signup(account("ada"), {{"firstName", R"("Ada")"}, {"lastName", R"("Lovelace")"}});
  ASSERT_EQ(response.status, 201) << response.body;
  const auto body = Json::parse(response.body);
  const auto& user = body["user"];
  EXPECT_EQ(user["email"].text(), "ada@example.org");
  EXPECT_EQ(user["firstName"].text(), "Ada");
  EXPECT_EQ(user["lastName"].text(), "Lovelace");
  EXPECT_EQ(user["name"].text(), "Ada Lovelace");
  EXPECT_EQ(user["tenantId"].text(), "default");
  EXPECT_EQ(user["emailVerified"].kind(), Json::Kind::Boolean);
  EXPECT_FALSE(user["emailVerified"].boolean());
  EXPECT_TRUE(user["permissions"].is_array());
  EXPECT_EQ(user["id"].text().size(), 36U);
}

TEST_F(Signup, TakesOneNameInsteadOfTwo) {
  const auto response = api().signup(account("ada"), {{"name", R"("Ada Lovelace")"}});
  ASSERT_EQ(response.status, 201) << response.body;
  EXPECT_EQ(Json::parse(response.body)["user"]["name"].text(), "Ada Lovelace");
}

TEST_F(Signup, OpensASessionAtOnce) {
  const auto tokens = api().signed_up(account("ada"));
  EXPECT_EQ(api().user(tokens.access).status, 200);
  EXPECT_EQ(api().refresh(tokens.refresh).status, 200);
}

TEST_F(Signup, HasTheAliasRegister) {
  const auto who = account("ada");
  const auto body = json_object({{"email", json_string(who.email)}, {"password", json_string(who.password)}});
  EXPECT_EQ(api().http().post("/auth/register", body).status, 201);
  EXPECT_EQ(api().login(who).status, 200);
}

TEST_F(Signup, RefusesATakenAddress) {
  api().signed_up(account("ada"));
  EXPECT_TRUE(is_problem(api().signup(account("ada")), 409, "DUPLICATE_EMAIL"));
}

TEST_F(Signup, ComparesAddressesAfterNormalisation) {
  api().signed_up({"Ren\u00e9@stra\u00dfe.example"});
  for (const auto* twin : {"Rene\u0301@stra\u00dfe.example", "ren\u00e9@stra\u00dfe.example",
                           "  REN\u00c9@STRA\u00dfE.example ", "ren\u00e9\uff20stra\u00dfe.example",
                           "ren\u00e9@xn--strae-oqa.example", "\uff32en\u00e9@stra\u00dfe.example"}) {
    const auto response = api().signup({twin});
    // Either one account, or refused as no address at all; never a second account for one person.
    EXPECT_TRUE(response.status == 409 || response.status == 400) << twin << ' ' << response.status << response.body;
  }
  EXPECT_TRUE(is_problem(api().signup({"RENE\u0301@stra\u00dfe.example"}), 409, "DUPLICATE_EMAIL"));
}

TEST_F(Signup, RefusesAnUnknownTenant) {
  EXPECT_TRUE(is_problem(api().signup(account("ada"), {{"tenantId", R"("elsewhere")"}}), 400, "INVALID_TENANT"));
  EXPECT_EQ(api().signup(account("ada"), {{"tenantId", R"("default")"}}).status, 201);
}

TEST_F(Signup, TakesTheTenantFromTheHeaderTooButNotTwoOfThem) {
  const auto body = json_object({{"email", R"("ada@example.org")"}, {"password", R"("Violet-Harbour-41")"}});
  const auto ask = [&](const std::string& header, const std::string& text) {
    return api().http().post("/auth/signup", text, {{"X-Tenant-Id", header}});
  };
  EXPECT_TRUE(is_problem(ask("elsewhere", body), 400, "INVALID_TENANT"));
  const auto both = json_object(
      {{"email", R"("ada@example.org")"}, {"password", R"("Violet-Harbour-41")"}, {"tenantId", R"("default")"}});
  EXPECT_TRUE(is_problem(ask("elsewhere", both), 400, "INVALID_TENANT"));
  EXPECT_EQ(ask("default", both).status, 201);
}

TEST_F(Signup, RefusesWhatIsNoAddress) {
  for (const auto* wrong : {"", "a", "@", "a@", "@b.example", "a@@b.example", "a b@example.org", "a@ex ample.org",
                            "a@exam\nple.org", "a@x..org", "a@-x.org"}) {
    const auto response = api().signup({wrong});
    EXPECT_TRUE(is_problem(response, 400, "VALIDATION_FAILED")) << wrong;
    EXPECT_TRUE(names_field(response, "/email")) << wrong;
  }
}

TEST_F(Signup, NamesEveryMissingMemberInOneAnswer) {
  const auto response = api().http().post("/auth/signup", "{}");
  EXPECT_TRUE(is_problem(response, 400, "VALIDATION_FAILED"));
  EXPECT_TRUE(names_field(response, "/email"));
  EXPECT_TRUE(names_field(response, "/password"));
}

TEST_F(Signup, CannotBeTalkedIntoMoreThanAUser) {
  for (const auto* extra :
       {"role", "permissions", "emailVerified", "email_verified", "id", "userId", "userType", "sid"}) {
    const auto response = api().signup(account("ada"), {{extra, R"("admin")"}});
    EXPECT_TRUE(is_problem(response, 400, "UNKNOWN_FIELD")) << extra;
    EXPECT_TRUE(names_field(response, std::string("/") + extra));
  }
}

TEST_F(Signup, SuggestsTheMemberThatWasMeant) {
  const auto response =
      api().http().post("/auth/signup", R"({"emial":"a@example.org","password":"Violet-Harbour-41"})");
  EXPECT_TRUE(is_problem(response, 400, "UNKNOWN_FIELD"));
  ASSERT_TRUE(names_field(response, "/emial"));
  EXPECT_NE(response.body.find("email"), std::string::npos) << response.body;
}

class DiscreetSignup : public ApiTest {
 protected:
  void SetUp() override { start({.settings = {{"signup.reveal_existing", "false"}}}); }
};

TEST_F(DiscreetSignup, AnswersANewAndATakenAddressAlike) {
  const auto created = api().signup(account("ada"));
  const auto taken = api().signup(account("ada"));
  EXPECT_EQ(created.status, 202) << created.body;
  EXPECT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(comparable(created), comparable(taken));
  EXPECT_EQ(created.body.find("Token"), std::string::npos);
}

TEST_F(DiscreetSignup, OpensTheAccountWithTheLinkInItsMail) {
  const auto who = account("ada");
  ASSERT_EQ(api().signup(who).status, 202);
  const auto before = api().login(who);
  EXPECT_TRUE(is_problem(before, 401, "INVALID_CREDENTIALS"));
  EXPECT_EQ(comparable(before), comparable(api().login(account("nobody"))));
  const auto token = Mailbox(server().state_folder() / "outbox").next(who.email).token;
  ASSERT_EQ(api().http().post("/auth/verify-email", json_object({{"token", json_string(token)}})).status, 200);
  EXPECT_EQ(api().login(who).status, 200);
}

}  // namespace
}  // namespace gatehouse::test
