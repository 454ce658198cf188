#include "actors/log_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace troupe::actors {

namespace {

constexpr std::string_view cut_json = ",\"cut\":true";
constexpr std::string_view cut_text = " cut=true";
constexpr std::size_t tail_bytes = cut_json.size() + 2; // "}\n"
constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "...";

enum class byte_class : std::uint8_t { plain, escape, multibyte };

constexpr auto byte_classes = [] {
  std::array<byte_class, 256> table{};
  for (unsigned i = 0; i < 256; ++i)
    table[i] = i >= 0x80 ? byte_class::multibyte
               : i < 0x20 || i == 0x7F || i == '"' || i == '\\' ? byte_class::escape
                                                               : byte_class::plain;
  return table;
}();

byte_class class_of(char c) noexcept { return byte_classes[static_cast<unsigned char>(c)]; }

/// Length of the well-formed UTF-8 sequence at the start (RFC 3629 §4), or 0.
std::size_t sequence_length(std::string_view at) noexcept {
  const auto byte = [at](std::size_t i) {
    return i < at.size() ? static_cast<unsigned char>(at[i]) : 0u;
  };
  const auto tail = [byte](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF)
    return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool too_high = lead == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !too_high ? 4 : 0;
  }
  return 0;
}

std::string_view cut(std::string_view value) noexcept {
  auto size = log_value_bytes_max - ellipsis.size();
  while (size > log_value_bytes_max - ellipsis.size() - 3
         && (static_cast<unsigned char>(value[size]) & 0xC0u) == 0x80u)
    --size; // not through the middle of a character
  return value.substr(0, size);
}

bool needs_quotes(std::string_view value) noexcept {
  return value.empty() || !std::all_of(value.begin(), value.end(), [](char c) {
    return class_of(c) == byte_class::plain && c != ' ' && c != '=';
  });
}

} // namespace

void log_line::put(char c) noexcept {
  if (size_ < end_)
    bytes_[size_++] = c;
  else
    full_ = true;
}

void log_line::put(std::string_view bytes) noexcept {
  if (bytes.size() > end_ - size_) {
    full_ = true;
    return;
  }
  std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void log_line::put_time(wall_time at) {
  const auto second = std::chrono::floor<seconds>(at);
  if (second.time_since_epoch() != cached_second_) {
    const auto text = format_rfc3339(second);
    std::copy_n(text.begin(), std::min(text.size(), cached_stamp_.size()), cached_stamp_.begin());
    cached_second_ = second.time_since_epoch();
  }
  const auto rest = static_cast<unsigned>((at - second).count());
  put(std::string_view(cached_stamp_.data(), cached_stamp_.size()));
  put(static_cast<char>('0' + rest / 100));
  put(static_cast<char>('0' + rest / 10 % 10));
  put(static_cast<char>('0' + rest % 10));
  put('Z');
}

void log_line::put_escaped(std::string_view value) noexcept {
  const bool too_long = value.size() > log_value_bytes_max;
  if (too_long)
    value = cut(value);
  constexpr std::string_view digits = "0123456789abcdef";
  const auto put_code = [&](unsigned code) {
    put("\\u00");
    put(digits[code >> 4]);
    put(digits[code & 15u]);
  };
  while (!value.empty()) {
    const auto* const stop = std::find_if(value.begin(), value.end(), [](char c) {
      return class_of(c) != byte_class::plain;
    });
    const auto plain = static_cast<std::size_t>(stop - value.begin());
    put(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty())
      break;
    std::size_t used = 1;
    const char c = value.front();
    if (class_of(c) == byte_class::multibyte) {
      const auto length = sequence_length(value);
      used = std::max<std::size_t>(length, 1);
      if (length == 2 && c == '\xC2' && static_cast<unsigned char>(value[1]) < 0xA0)
        put_code(static_cast<unsigned char>(value[1])); // C1 controls move a terminal too
      else
        put(length == 0 ? replacement : value.substr(0, length));
    } else if (c == '"' || c == '\\') {
      put('\\');
      put(c);
    } else if (c == '\n') {
      put("\\n");
    } else if (c == '\r') {
      put("\\r");
    } else if (c == '\t') {
      put("\\t");
    } else {
      put_code(static_cast<unsigned char>(c));
    }
    value.remove_prefix(used);
  }
  if (too_long)
    put(ellipsis);
}

void log_line::put_number(const log_field& field) {
  char digits[32];
  auto* const end = digits + sizeof digits;
  const auto shown = [&] {
    switch (field.type()) {
      case log_field::kind::unsigned_number:
        return std::to_chars(digits, end, static_cast<std::uint64_t>(field.number()));
      case log_field::kind::real: return std::to_chars(digits, end, field.real());
      case log_field::kind::signed_number:
      case log_field::kind::text:
      case log_field::kind::boolean:
      case log_field::kind::id: break;
    }
    return std::to_chars(digits, end, field.number());
  }();
  put(std::string_view(digits, static_cast<std::size_t>(shown.ptr - digits)));
}

void log_line::put_json_value(const log_field& field) {
  switch (field.type()) {
    case log_field::kind::text:
      put('"');
      put_escaped(field.text());
      put('"');
      return;
    case log_field::kind::id:
      put('"');
      put(to_string(message_id{field.number()}));
      put('"');
      return;
    case log_field::kind::boolean: put(field.number() != 0 ? "true" : "false"); return;
    case log_field::kind::real:
      if (!std::isfinite(field.real())) {
        put("null"); // JSON has no word for it
        return;
      }
      [[fallthrough]];
    case log_field::kind::signed_number:
    case log_field::kind::unsigned_number: put_number(field); return;
  }
}

void log_line::put_text_value(const log_field& field) {
  if (field.type() == log_field::kind::id)
    put(to_string(message_id{field.number()}));
  else if (field.type() == log_field::kind::text && !needs_quotes(field.text())
           && field.text().size() <= log_value_bytes_max)
    put(field.text());
  else
    put_json_value(field);
}

void log_line::put_fields(log_format format, log_fields fields) {
  const bool json = format == log_format::json;
  bool left_out = false;
  for (const auto& field : fields) {
    const auto before = size_;
    full_ = false;
    put(json ? std::string_view(",\"") : std::string_view(" "));
    put(field.key());
    put(json ? std::string_view("\":") : std::string_view("="));
    if (json)
      put_json_value(field);
    else
      put_text_value(field);
    if (full_) {
      size_ = before;
      left_out = true;
    }
  }
  end_ = bytes_.size();
  if (left_out)
    put(json ? cut_json : cut_text);
}

std::string_view log_line::format(log_format format, const log_head& head, log_fields fields) {
  const bool json = format == log_format::json;
  size_ = 0;
  end_ = bytes_.size() - tail_bytes;
  if (json)
    put("{\"ts\":\"");
  put_time(head.at);
  put(json ? std::string_view("\",\"level\":\"") : std::string_view(" "));
  put(std::string_view(to_string(head.level)));
  put(json ? std::string_view("\",\"event\":\"") : std::string_view(" "));
  put_escaped(head.event);
  if (json) {
    put("\",\"node\":\"");
    put_escaped(head.node);
    put('"');
  }
  put_fields(format, fields);
  if (json)
    put('}');
  put('\n');
  return {bytes_.data(), size_};
}

} // namespace troupe::actors
