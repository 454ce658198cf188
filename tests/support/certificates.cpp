#include "tests/support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>

namespace troupe::support {

namespace {

struct free_openssl {
  void operator()(EVP_PKEY* x) const { EVP_PKEY_free(x); }
  void operator()(X509* x) const { X509_free(x); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, free_openssl>;
using certificate_ptr = std::unique_ptr<X509, free_openssl>;

constexpr long day = 24 * 60 * 60;

void expect(bool ok) {
  if (!ok)
    throw std::runtime_error("OpenSSL refused to make a certificate");
}

key_ptr make_key(key_kind kind) {
  switch (kind) {
    case key_kind::ec: return key_ptr{EVP_EC_gen("P-256")};
    case key_kind::rsa: return key_ptr{EVP_RSA_gen(2048)};
    case key_kind::ed25519: return key_ptr{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  }
  return nullptr;
}

void extend(X509* to, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  expect(extension != nullptr);
  X509_add_ext(to, extension, -1);
  X509_EXTENSION_free(extension);
}

certificate_ptr draft(const std::string& name, long serial, EVP_PKEY* key) {
  certificate_ptr made{X509_new()};
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -day);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), day);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(made.get(), key);
  return made;
}

void sign(X509* certificate, EVP_PKEY* key) {
  const bool plain = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
  expect(X509_sign(certificate, key, plain ? nullptr : EVP_sha256()) > 0);
}

std::string der_of_key(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
  expect(size > 0);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  expect(size > 0);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

certificate_files write(const std::string& path, X509* certificate, X509* issuer, EVP_PKEY* key) {
  certificate_files files{path + ".pem", path + ".key", der_of(certificate),
                          der_of_key(certificate)};
  auto* out = std::fopen(files.certificate.c_str(), "we");
  expect(out != nullptr && PEM_write_X509(out, certificate) == 1);
  if (issuer != nullptr)
    expect(PEM_write_X509(out, issuer) == 1);
  std::fclose(out);
  out = std::fopen(files.key.c_str(), "we");
  expect(out != nullptr && PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(out);
  return files;
}

} // namespace

struct authority::parts {
  key_ptr key;
  certificate_ptr certificate;
};

authority::authority(const temp_folder& folder)
  : folder_(folder), parts_(std::make_unique<parts>()) {
  parts_->key = make_key(key_kind::ec);
  parts_->certificate = draft("Authority of a test", serial_++, parts_->key.get());
  auto* root = parts_->certificate.get();
  X509_set_issuer_name(root, X509_get_subject_name(root));
  extend(root, root, NID_basic_constraints, "critical,CA:TRUE");
  extend(root, root, NID_subject_key_identifier, "hash");
  sign(root, parts_->key.get());
  root_ = write(folder_ / "root", root, nullptr, parts_->key.get());
}

authority::~authority() = default;

certificate_files authority::issue(const std::vector<std::string>& names, key_kind kind) {
  const auto key = make_key(kind);
  const auto made = draft(names.front(), serial_, key.get());
  auto* root = parts_->certificate.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(root));
  std::string listed;
  for (const auto& each : names)
    (listed += listed.empty() ? "DNS:" : ",DNS:") += each;
  extend(made.get(), root, NID_subject_alt_name, listed);
  sign(made.get(), parts_->key.get());
  return write(folder_ / ("certificate-" + std::to_string(serial_++)), made.get(), root, key.get());
}

} // namespace troupe::support
