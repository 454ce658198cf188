#include "actors/policy/tls_report.hpp"

#include "net/core/base64.hpp"

#include <zlib.h>

#include <algorithm>

namespace troupe::policy {

namespace {

/// A base64 line, as RFC 2045 §6.8 bounds it.
constexpr std::size_t base64_line_bytes = 76;

std::string_view report_trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::string_view take_report(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

bool is_report_record(std::string_view text) { return report_trimmed(take_report(text, ';')) == "v=TLSRPTv1"; }

/// Names and addresses of strangers, and nothing else, go through here.
std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c >= ' ' && c < '\x7f' ? c : '?';
  }
  return out += '"';
}

std::string_view policy_type_of(tls_source source) {
  switch (source) {
    case tls_source::rule: return "no-policy-found";
    case tls_source::dane: return "tlsa";
    case tls_source::mta_sts: return "sts";
  }
  return "";
}

/// RFC 3339 with whole seconds.
std::string report_time(wall_time at) {
  auto text = format_rfc3339(at);
  return text.substr(0, text.find('.')) + "Z";
}

std::string page_json(std::string_view domain, tls_source source, const tls_tally::page& page) {
  std::string out = R"({"policy":{"policy-type":)" + json_quoted(policy_type_of(source));
  out += R"(,"policy-domain":)" + json_quoted(domain);
  out += R"(},"summary":{"total-successful-session-count":)" + std::to_string(page.succeeded);
  out += R"(,"total-failure-session-count":)" + std::to_string(page.failed) + "}";
  if (!page.failures.empty()) {
    out += R"(,"failure-details":[)";
    for (const auto& [kind, count] : page.failures) {
      out += R"({"result-type":)" + json_quoted(to_string(kind.result));
      if (!kind.host.empty())
        out += R"(,"receiving-mx-hostname":)" + json_quoted(kind.host);
      if (!kind.address.empty())
        out += R"(,"receiving-ip":)" + json_quoted(kind.address);
      out += R"(,"failed-session-count":)" + std::to_string(count) + "},";
    }
    out.back() = ']';
  }
  return out += '}';
}

/// RFC 1952. Nothing where zlib has no memory.
std::string gzipped(std::string_view bytes) {
  constexpr int window_of_gzip = 15 + 16;
  constexpr int memory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_of_gzip, memory,
                   Z_DEFAULT_STRATEGY)
      != Z_OK)
    return {};
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  std::string in{bytes}; // zlib wants it writable
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const auto end = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return end == Z_STREAM_END ? out : std::string{};
}

std::string in_base64_lines(std::string_view text) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(base64_line_bytes, text.size())))
    out.append(text.substr(0, base64_line_bytes)).append("\r\n");
  return out;
}

std::string report_stamp(wall_time at) {
  return std::to_string(std::chrono::duration_cast<seconds>(at.time_since_epoch()).count());
}

} // namespace

std::vector<mailbox> read_tls_report_places(std::span<const std::string> texts) {
  const auto record = std::find_if(texts.begin(), texts.end(), is_report_record);
  if (record == texts.end() || std::find_if(record + 1, texts.end(), is_report_record) != texts.end())
    return {};
  std::vector<mailbox> places;
  std::string_view rest = *record;
  take_report(rest, ';');
  while (!rest.empty()) {
    auto field = take_report(rest, ';');
    if (report_trimmed(take_report(field, '=')) != "rua")
      continue;
    while (!field.empty() && places.size() < tls_report_places_max) {
      constexpr std::string_view scheme = "mailto:";
      const auto uri = report_trimmed(take_report(field, ','));
      if (!uri.starts_with(scheme))
        continue;
      auto to = parse_mailbox(uri.substr(scheme.size()), utf8::refused);
      if (to && !to->is_null() && !to->domain.empty())
        places.push_back(*std::move(to));
    }
  }
  return places;
}

std::string write_tls_report(std::string_view domain, const tls_tally::pages& pages,
                             const tls_report_terms& terms, message_id id) {
  std::string out = R"({"organization-name":)" + json_quoted(terms.hostname);
  out += R"(,"date-range":{"start-datetime":)" + json_quoted(report_time(terms.begin));
  out += R"(,"end-datetime":)" + json_quoted(report_time(terms.end));
  out += R"(},"contact-info":)" + json_quoted(to_string(terms.from));
  out += R"(,"report-id":)" + json_quoted(to_string(id) + "@" + terms.hostname) + R"(,"policies":[)";
  for (const auto& [source, page] : pages)
    out += page_json(domain, source, page) + ',';
  if (out.back() == ',')
    out.pop_back();
  return out += "]}";
}

result<std::string> write_tls_report_letter(std::string_view domain, std::string_view json,
                                            const mailbox& to, const tls_report_terms& terms,
                                            message_id id, wall_time now) {
  const auto bytes = gzipped(json);
  if (bytes.empty())
    return error{errc::limit_exceeded, "zlib"};
  const auto name = to_string(id);
  const auto boundary = "=_" + name; // "_" after "=" stands in no base64 and not in our text
  const std::string about{domain};
  std::string out = "From: TLS reports <" + to_string(terms.from) + ">\r\n";
  out += "To: <" + to_string(to) + ">\r\n";
  out += "Date: " + format_rfc5322(now) + "\r\n";
  out += "Message-ID: <" + name + "@" + terms.hostname + ">\r\n";
  out += "Subject: Report Domain: " + about + "\r\n Submitter: " + terms.hostname
         + "\r\n Report-ID: <" + name + "@" + terms.hostname + ">\r\n";
  out += "TLS-Report-Domain: " + about + "\r\n";
  out += "TLS-Report-Submitter: " + terms.hostname + "\r\n";
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  out += "Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n boundary=\"" + boundary
         + "\"\r\n\r\n";
  out += "--" + boundary + "\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n";
  out += "How our sessions with the mail hosts of " + about + "\r\nfared with TLS, for programs to read"
         + " (RFC 8460).\r\n\r\n";
  out += "--" + boundary + "\r\nContent-Type: application/tlsrpt+gzip\r\n";
  out += "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n filename=\""
         + terms.hostname + "!" + about + "!" + report_stamp(terms.begin) + "!" + report_stamp(terms.end)
         + ".json.gz\"\r\n\r\n";
  out += in_base64_lines(encode_base64(bytes)) + "--" + boundary + "--\r\n";
  return out;
}

} // namespace troupe::policy
