#include "net/smtp/command.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace troupe::smtp {

namespace {

constexpr std::size_t size_digits_max = 20; // RFC 1870 §6.1, RFC 3030 §2

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_stray_control(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_keyword(std::string_view text) {
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-';
  });
}

bool is_value(std::string_view text) {
  return !text.empty() && is_utf8(text) && std::all_of(text.begin(), text.end(), [](char c) {
    return (c > ' ' && c <= '~' && c != '=') || !is_ascii(c);
  });
}

} // namespace

std::optional<command> parse_command(std::string_view line) {
  if (std::any_of(line.begin(), line.end(), is_stray_control))
    return std::nullopt;
  const auto end = std::find_if(line.begin(), line.end(), is_blank);
  const auto word = line.substr(0, static_cast<std::size_t>(end - line.begin()));
  return command{parse_verb(word), trim(line.substr(word.size()))};
}

parameter_read read_parameter(std::string_view& rest, parameter& into) {
  rest = trim(rest);
  if (rest.empty())
    return parameter_read::none_left;
  const auto text = rest.substr(0, rest.find(' '));
  rest.remove_prefix(text.size());
  const auto equals = text.find('=');
  into.keyword = text.substr(0, equals);
  into.value.reset();
  if (equals != std::string_view::npos)
    into.value = text.substr(equals + 1);
  const bool good = is_keyword(into.keyword) && (!into.value || is_value(*into.value));
  return good ? parameter_read::one : parameter_read::malformed;
}

std::optional<chunk_size> parse_chunk_size(std::string_view args) {
  const auto space = std::min(args.find(' '), args.size());
  const auto last = trim(args.substr(space));
  const auto bytes = parse_size(args.substr(0, space));
  if (!bytes || (!last.empty() && !equal_ignoring_case(last, "LAST")))
    return std::nullopt;
  return chunk_size{*bytes, !last.empty()};
}

std::optional<std::uint64_t> parse_size(std::string_view digits) {
  if (digits.size() > size_digits_max || !std::all_of(digits.begin(), digits.end(), is_digit))
    return std::nullopt;
  std::uint64_t value = 0;
  const auto end = digits.data() + digits.size();
  const auto wrong = std::from_chars(digits.data(), end, value).ec;
  if (wrong == std::errc::result_out_of_range)
    return std::numeric_limits<std::uint64_t>::max();
  if (wrong != std::errc{})
    return std::nullopt;
  return value;
}

} // namespace troupe::smtp
