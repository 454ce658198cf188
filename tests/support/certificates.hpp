// Certificates for tests, made on the spot: nothing expires in the repository.

#pragma once

#include "tests/support/temp_folder.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe::support {

enum class key_kind { ec, rsa, ed25519 };

/// A certificate with its key, as PEM files.
struct certificate_files {
  std::string certificate; ///< With the issuer's behind it, if it has one.
  std::string key;
  std::string der;  ///< Of the certificate itself.
  std::string spki; ///< Its SubjectPublicKeyInfo, DER.
};

/// An authority with a root of its own.
class authority {
public:
  explicit authority(const temp_folder& folder);
  ~authority();

  [[nodiscard]] const certificate_files& root() const { return root_; }

  /// A certificate for these DNS names. The files are called after the first.
  [[nodiscard]] certificate_files issue(const std::vector<std::string>& names,
                                        key_kind kind = key_kind::ec);

private:
  struct parts;

  const temp_folder& folder_;
  std::unique_ptr<parts> parts_;
  certificate_files root_;
  long serial_ = 1;
};

} // namespace troupe::support
