#include "net/milter/frame.hpp"

#include "net/milter/protocol.hpp"

namespace troupe::milter {

namespace {

constexpr std::size_t number_bytes = 4;

std::uint32_t number_at(std::string_view bytes) noexcept {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < number_bytes; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

} // namespace

void append_number(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<unsigned char>(number >> shift & 0xffu));
}

void append_frame(std::string& out, char letter, std::string_view data) {
  append_number(out, static_cast<std::uint32_t>(data.size() + 1));
  out += letter;
  out += data;
}

void append_text(std::string& out, std::string_view text) {
  out += text.substr(0, text.find('\0'));
  out += '\0';
}

result<std::uint32_t> frame_fields::number() {
  if (rest_.size() < number_bytes)
    return error{errc::malformed, "a frame ends within a number"};
  const auto number = number_at(rest_);
  rest_.remove_prefix(number_bytes);
  return number;
}

result<std::string_view> frame_fields::text() {
  const auto end = rest_.find('\0');
  if (end == rest_.npos)
    return error{errc::malformed, "a text in a frame has no end"};
  const auto text = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return text;
}

void frame_reader::take(std::string_view bytes) {
  bytes_.erase(0, used_);
  used_ = 0;
  bytes_ += bytes;
}

result<std::optional<frame>> frame_reader::next() {
  const auto rest = std::string_view(bytes_).substr(used_);
  if (rest.size() < number_bytes)
    return std::optional<frame>{};
  const auto length = number_at(rest);
  if (length == 0)
    return error{errc::malformed, "a frame without a letter"};
  if (length > frame_bytes_max)
    return error{errc::limit_exceeded, "a frame of " + std::to_string(length) + " bytes"};
  if (rest.size() < number_bytes + length)
    return std::optional<frame>{};
  used_ += number_bytes + length;
  return std::optional<frame>{
    {rest[number_bytes], rest.substr(number_bytes + 1, length - 1)}};
}

} // namespace troupe::milter
