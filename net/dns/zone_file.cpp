#include "net/dns/zone_file.hpp"

#include "net/core/ip_address.hpp"
#include "net/core/mailbox.hpp"
#include "net/dns/mail_route.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace troupe::dns {

namespace {

constexpr std::uint32_t ttl_max = 0x7FFFFFFF; // RFC 2181 §8

struct word {
  std::string_view text; ///< Without its quotes.
  bool quoted = false;
};

/// Words of a line without its comment; nothing if a quote is open at its end.
std::optional<std::vector<word>> split(std::string_view line) {
  std::vector<word> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (line.empty() || line.front() == ';')
      return words;
    if (line.front() == '"') {
      const auto end = line.find('"', 1);
      if (end == std::string_view::npos)
        return std::nullopt;
      words.push_back({line.substr(1, end - 1), true});
      line.remove_prefix(end + 1);
      continue;
    }
    words.push_back({line.substr(0, line.find_first_of(" \t\r;\"")), false});
    line.remove_prefix(words.back().text.size());
  }
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto* end = text.data() + text.size();
  const auto [stop, why] = std::from_chars(text.data(), end, value);
  if (why != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

bool same_word(std::string_view a, std::string_view upper) {
  return std::equal(a.begin(), a.end(), upper.begin(), upper.end(), [](char x, char y) {
    return (x >= 'a' && x <= 'z' ? static_cast<char>(x - 'a' + 'A') : x) == y;
  });
}

class reader {
public:
  /// An empty string, or what is wrong with the line.
  std::string read_line(std::string_view line) {
    const auto words = split(line);
    if (!words)
      return "a quote is not closed";
    if (words->empty())
      return {};
    const bool same_owner = line.front() == ' ' || line.front() == '\t';
    if (!same_owner && words->front().text.starts_with('$'))
      return read_directive(*words);
    return read_record(*words, same_owner);
  }

  /// Resolves the aliases. An empty string, or what is wrong with one.
  std::string follow_aliases();

  [[nodiscard]] std::size_t size() const noexcept { return read.records.size() + aliases_.size(); }

  zone read;

private:
  std::string read_directive(const std::vector<word>& words);
  std::string read_record(const std::vector<word>& words, bool same_owner);
  std::string read_data(std::string_view type, const word* data, std::size_t count);
  std::optional<std::string> full_name(std::string_view text) const;

  std::string origin_; ///< "" is the root.
  std::string owner_;
  std::uint32_t ttl_default_ = zone_ttl_default;
  std::uint32_t ttl_ = zone_ttl_default;
  std::map<std::string, std::string> aliases_;
};

std::optional<std::string> reader::full_name(std::string_view text) const {
  std::string name;
  if (text == "@")
    name = origin_;
  else if (text.ends_with('.') || origin_.empty())
    name = domain_key(text);
  else
    name = domain_key(text) + "." + origin_;
  if (!is_host_name(name))
    return std::nullopt;
  return name;
}

std::string reader::read_directive(const std::vector<word>& words) {
  if (words.size() != 2)
    return "a directive takes one argument";
  if (same_word(words[0].text, "$TTL")) {
    const auto ttl = number<std::uint32_t>(words[1].text);
    if (!ttl || *ttl > ttl_max)
      return "TTL is not a number of seconds";
    ttl_default_ = *ttl;
    return {};
  }
  if (!same_word(words[0].text, "$ORIGIN"))
    return "unknown directive; known are $ORIGIN and $TTL";
  if (words[1].text == ".") {
    origin_.clear();
    return {};
  }
  const auto name = full_name(words[1].text);
  if (!name)
    return "origin is no domain name";
  origin_ = *name;
  if (std::find(read.origins.begin(), read.origins.end(), origin_) == read.origins.end())
    read.origins.push_back(origin_);
  return {};
}

std::string reader::read_record(const std::vector<word>& words, bool same_owner) {
  std::size_t next = 0;
  if (!same_owner) {
    const auto name = full_name(words[next++].text);
    if (!name)
      return "owner is no domain name";
    owner_ = *name;
  }
  if (owner_.empty())
    return "no owner to go on with";
  ttl_ = ttl_default_;
  // TTL and class may come in either order (RFC 1035 §5.1).
  for (int i = 0; i < 2 && next < words.size(); ++i) {
    if (same_word(words[next].text, "IN")) {
      ++next;
    } else if (const auto ttl = number<std::uint32_t>(words[next].text)) {
      if (*ttl > ttl_max)
        return "TTL is too large";
      ttl_ = *ttl;
      ++next;
    }
  }
  if (next + 1 >= words.size())
    return "a record needs a type and data";
  const auto type = words[next++].text;
  return read_data(type, words.data() + next, words.size() - next);
}

std::string reader::read_data(std::string_view type, const word* data, std::size_t count) {
  const auto add = [&](const char* name, std::string text) {
    read.records.push_back({owner_, ttl_, name, std::move(text)});
    return std::string{};
  };
  if (same_word(type, "TXT")) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
      const auto text = data[i].text;
      if (text.size() > 255)
        return "a TXT string has at most 255 bytes";
      if (std::any_of(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~' || c == '\\'; }))
        return "TXT takes printable ASCII without a backslash";
      all += (i > 0 ? " \"" : "\"") + std::string{text} + '"';
    }
    return add("TXT", std::move(all));
  }
  if (same_word(type, "MX")) {
    const auto preference = count == 2 ? number<std::uint16_t>(data[0].text) : std::nullopt;
    if (!preference)
      return "MX takes a preference and a host";
    const auto host = data[1].text == "." ? std::string{} : full_name(data[1].text).value_or("*");
    if (host == "*")
      return "the MX host is no host name";
    return add("MX", std::to_string(*preference) + " " + host + ".");
  }
  if (count != 1)
    return "the record takes one word of data";
  const bool v6 = same_word(type, "AAAA");
  if (v6 || same_word(type, "A")) {
    const auto address = parse_ip_address(data[0].text);
    // An IPv4 address in its IPv6 form is read as IPv4, and so has no AAAA.
    if (!address || (address->family == ip_family::ipv6) != v6)
      return v6 ? "AAAA takes an IPv6 address" : "A takes an IPv4 address";
    return add(v6 ? "AAAA" : "A", to_string(*address));
  }
  if (!same_word(type, "CNAME"))
    return "unknown type; known are A, AAAA, MX, CNAME and TXT";
  const auto to = full_name(data[0].text);
  if (!to)
    return "CNAME takes a domain name";
  if (!aliases_.emplace(owner_, *to).second)
    return "a name has one CNAME";
  return {};
}

std::string reader::follow_aliases() {
  std::multimap<std::string, zone_record> by_name;
  for (const auto& x : read.records)
    by_name.emplace(x.name, x);
  for (const auto& [alias, first] : aliases_) {
    if (by_name.contains(alias))
      return alias + " has a CNAME and other records";
    auto name = first;
    std::size_t steps = 1;
    for (auto next = aliases_.find(name); next != aliases_.end(); next = aliases_.find(name)) {
      if (++steps > cname_steps_max)
        return alias + " goes through too many CNAMEs";
      name = next->second;
    }
    auto [from, to] = by_name.equal_range(name);
    if (from == to)
      return alias + " leads to " + name + ", which is not in the file";
    for (; from != to; ++from) {
      if (read.records.size() >= zone_records_max)
        return "too many records";
      auto copy = from->second;
      copy.name = alias;
      read.records.push_back(std::move(copy));
    }
  }
  return {};
}

} // namespace

result<zone> parse_zone_file(std::string_view text) {
  reader lines;
  for (std::size_t at = 1; !text.empty(); ++at) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto wrong = lines.read_line(line);
    if (!wrong.empty())
      return error{errc::malformed, "line " + std::to_string(at) + ": " + wrong};
    // An alias counts as a record: it becomes at least one.
    if (lines.size() > zone_records_max)
      return error{errc::limit_exceeded, "zone_records_max"};
  }
  const auto wrong = lines.follow_aliases();
  if (!wrong.empty())
    return error{errc::malformed, wrong};
  return std::move(lines.read);
}

std::string to_string(const zone_record& record) {
  return record.name + ". " + std::to_string(record.ttl) + " IN " + record.type + " " + record.data;
}

} // namespace troupe::dns
