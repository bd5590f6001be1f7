// SPDX-License-Identifier: Apache-2.0
#include "support/test_ca.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace gatehouse::test {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

Key new_key() { return {EVP_EC_gen("prime256v1"), &EVP_PKEY_free}; }

template <class Write>
std::string pem_of(Write write) {
  BIO* memory = BIO_new(BIO_s_mem());
  write(memory);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  std::string pem(bytes, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

void add(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error("OpenSSL refuses the extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate draft(EVP_PKEY* key, const std::string& name, long serial, long ends_s) {
  Certificate made(X509_new(), &X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), ends_s);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(made.get(), key);
  return made;
}

}  // namespace

TestCa::TestCa() : key_(new_key()), certificate_(draft(key_.get(), "Gatehouse test authority", 1, 86'400)) {
  X509* self = certificate_.get();
  X509_set_issuer_name(self, X509_get_subject_name(self));
  add(self, self, NID_basic_constraints, "critical,CA:TRUE");
  add(self, self, NID_key_usage, "critical,keyCertSign");
  X509_sign(self, key_.get(), EVP_sha256());
  pem_ = pem_of([&](BIO* out) { PEM_write_bio_X509(out, self); });
}

ServerIdentity TestCa::issue(std::string_view name, std::chrono::seconds ends) const {
  const Key key = new_key();
  const bool number = name.find_first_not_of("0123456789.") == std::string_view::npos;
  const Certificate made = draft(key.get(), "a server of a test", 2, static_cast<long>(ends.count()));
  X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
  add(made.get(), certificate_.get(), NID_subject_alt_name, (number ? "IP:" : "DNS:") + std::string(name));
  X509_sign(made.get(), key_.get(), EVP_sha256());
  return {pem_of([&](BIO* out) { PEM_write_bio_X509(out, made.get()); }),
          pem_of([&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

}  // namespace gatehouse::test
