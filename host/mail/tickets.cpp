// SPDX-License-Identifier: Apache-2.0
#include "mail/tickets.h"

#include "base/encoding.h"
#include "base/random.h"
#include "providers/keys.h"

#include <array>
#include <utility>

namespace gatehouse::mail {
namespace {

constexpr std::string_view prefix = "ghm_";
constexpr std::size_t secret_size = 32;
constexpr std::size_t head_size = secret_size + 2;
constexpr std::size_t longest_name = 64;  // of a tenant, of a partition
constexpr std::size_t longest_text = 4 + (head_size + 2 * longest_name + 2) / 3 * 4;

// What the token says beside its secret. Self-delimiting in front of what follows it in the MAC's message.
std::string identity(Purpose purpose, std::string_view tenant, std::string_view user) {
  std::string text(1, static_cast<char>(purpose));
  text.push_back(static_cast<char>(tenant.size()));
  return text.append(tenant).append(user);
}

// The salt has one size, so no two inputs are one message.
std::string message(std::string_view salt, std::string_view identity) { return std::string(salt).append(identity); }

bool is_purpose(char byte) noexcept { return byte >= 1 && byte <= 3; }

}  // namespace

Result<Ticket> Tickets::prepare_first(Purpose purpose, std::string_view user, std::string_view email,
                                      std::chrono::seconds ttl, const Call& call) const {
  std::array<std::uint8_t, ticket_salt_size> salt{};
  if (!random_.fill(salt)) return Error{Code::Internal, "no randomness for a mailed token"};
  Ticket ticket;
  ticket.tenant = call.tenant;
  ticket.user = user;
  ticket.purpose = purpose;
  ticket.email = email;
  ticket.salt.assign(reinterpret_cast<const char*>(salt.data()), salt.size());
  ticket.created_at = call.now;
  ticket.expires_at = call.now + ttl;
  // Also shows that the key is there before anything is promised.
  const auto mac = keys_.mac(token_purpose, 0, message(ticket.salt, identity(purpose, call.tenant, user)), call);
  if (!mac) return mac.error().code == Code::NotFound ? Error{Code::Internal, "no key for mailed tokens"} : mac.error();
  ticket.key_version = mac->version;
  return ticket;
}

Result<Ticket> Tickets::prepare(Purpose purpose, std::string_view user, std::string_view email,
                                std::string_view new_email, std::chrono::seconds ttl, const Call& call) const {
  const auto former = get(call.tenant, user, purpose, call);
  if (!former) return former.error();
  auto ticket = prepare_first(purpose, user, email, ttl, call);
  if (!ticket) return ticket;
  ticket->new_email = new_email;
  if (*former) ticket->version = (*former)->version;
  return ticket;
}

Result<Secret<std::string>> Tickets::derive(std::string_view tenant, std::string_view user, Purpose purpose,
                                            std::string_view salt, std::uint32_t key_version, const Call& call) const {
  const auto who = identity(purpose, tenant, user);
  auto mac = keys_.mac(token_purpose, key_version, message(salt, who), call);
  if (!mac) return mac.error();
  std::string bytes;
  bytes.reserve(secret_size + who.size());
  bytes.append(mac->view()).append(who);
  Secret<std::string> raw(std::move(bytes));
  auto text = std::string(prefix);
  text.reserve(longest_text);
  return Secret<std::string>(text.append(base64url_encode(raw.reveal())));
}

std::optional<PresentedToken> Tickets::parse(const Secret<std::string>& text) {
  const std::string_view presented = text.reveal();
  if (presented.size() > longest_text || !presented.starts_with(prefix)) return std::nullopt;
  auto decoded = base64url_decode(presented.substr(prefix.size()));
  if (!decoded) return std::nullopt;
  const Secret<std::string> bytes(std::move(*decoded));
  const std::string_view all = bytes.reveal();
  if (all.size() <= head_size || !is_purpose(all[secret_size])) return std::nullopt;
  const auto tenant_size = static_cast<std::uint8_t>(all[secret_size + 1]);
  const auto names = all.substr(head_size);
  if (tenant_size == 0 || tenant_size > longest_name || names.size() <= tenant_size) return std::nullopt;
  if (names.size() - tenant_size > longest_name) return std::nullopt;
  return PresentedToken{static_cast<Purpose>(all[secret_size]), std::string(names.substr(0, tenant_size)),
                        std::string(names.substr(tenant_size)),
                        Secret<std::string>(std::string(all.substr(0, secret_size)))};
}

Result<std::optional<Ticket>> Tickets::check(const PresentedToken& token, const Call& call) const {
  auto ticket = get(token.tenant, token.user, token.purpose, call);
  if (!ticket || !*ticket) return ticket;
  // The store hides what has expired; the host does not have to believe it.
  if ((*ticket)->expires_at <= call.now) return std::optional<Ticket>{};
  const auto who = identity(token.purpose, token.tenant, token.user);
  const auto mac = keys_.mac(token_purpose, (*ticket)->key_version, message((*ticket)->salt, who), call);
  if (!mac) {
    if (mac.error().code == Code::NotFound) return std::optional<Ticket>{};
    return mac.error();
  }
  if (!constant_time_equal(mac->view(), token.secret.reveal())) return std::optional<Ticket>{};
  return ticket;
}

Result<std::optional<Ticket>> Tickets::get(std::string_view tenant, std::string_view user, Purpose purpose,
                                           const Call& call) const {
  std::optional<Ticket> ticket;
  const auto found = storage_.get(kind_, {tenant, user, purpose_name(purpose)}, call,
                                  [&](providers::RecordReader& record) { ticket = decode_ticket(record); });
  if (!found) return found.error();
  if (!*found) return std::optional<Ticket>{};
  if (!ticket) return Error{Code::Internal, "the store gave a record that is no ticket"};
  return ticket;
}

}  // namespace gatehouse::mail
