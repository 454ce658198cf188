#include "net/milter/macros.hpp"

#include "net/milter/frame.hpp"

#include <algorithm>

namespace troupe::milter {

namespace {

constexpr std::array<std::string_view, stages> usual{
  "j _ v {daemon_name} {daemon_addr} {daemon_port} {client_addr} {client_name} {client_port} {client_ptr}",
  "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
  "i {auth_type} {auth_authen} {auth_author} {auth_ssf} {mail_addr} {mail_host} {mail_mailer}",
  "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
  "i",
  "i {nrcpts}",
  "i",
};

constexpr std::size_t name_bytes_max = 64;

bool is_name_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

} // namespace

macro_wishes::macro_wishes() {
  for (std::size_t i = 0; i < stages; ++i)
    set(static_cast<stage>(i), usual[i]);
}

void macro_wishes::set(stage when, std::string_view list) {
  auto& names = names_[static_cast<std::size_t>(when)];
  names.clear();
  while (!list.empty() && names.size() < macro_names_max) {
    const auto begin = list.find_first_not_of(" ,\t");
    if (begin == list.npos)
      return;
    list.remove_prefix(begin);
    auto name = list.substr(0, list.find_first_of(" ,\t"));
    list.remove_prefix(name.size());
    if (name.size() > 2 && name.starts_with('{') && name.ends_with('}'))
      name = name.substr(1, name.size() - 2);
    if (name.size() <= name_bytes_max && std::ranges::all_of(name, is_name_letter))
      names.emplace_back(name);
  }
}

const std::vector<std::string>& macro_wishes::at(stage when) const {
  return names_[static_cast<std::size_t>(when)];
}

std::optional<std::string> macro_data(char command, const std::vector<std::string>& names,
                                      const macro_values& values) {
  std::string data(1, command);
  for (const auto& each : names) {
    const auto known = values.find(each);
    if (known == values.end() || known->second.empty())
      continue;
    // libmilter looks for "j" and for "{client_addr}".
    append_text(data, each.size() == 1 ? each : '{' + each + '}');
    append_text(data, known->second);
  }
  if (data.size() == 1)
    return std::nullopt;
  return data;
}

} // namespace troupe::milter
