#include "net/io/https_call.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace troupe::io {

namespace {

using handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using list = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct taken {
  std::string bytes;
  std::size_t bytes_max;
  bool too_long = false;
};

std::size_t take(char* bytes, std::size_t, std::size_t size, void* into) {
  auto& to = *static_cast<taken*>(into);
  if (size > to.bytes_max - to.bytes.size()) {
    to.too_long = true;
    return 0; // ends the transfer
  }
  to.bytes.append(bytes, size);
  return size;
}

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string joined(const std::vector<std::string>& addresses) {
  std::string all;
  for (const auto& each : addresses)
    all.append(all.empty() ? "" : ",").append(each);
  return all;
}

} // namespace

result<http_response> https_call(const https_request& request) {
  static const auto started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK)
    return error{errc::peer_unreachable, "libcurl does not start"};
  if (!is_plain(request.host) || !is_plain(request.target) || request.addresses.empty())
    return error{errc::malformed, "not a request"};
  const handle held{curl_easy_init(), &curl_easy_cleanup};
  auto* curl = held.get();
  if (curl == nullptr)
    return error{errc::peer_unreachable, "libcurl: no handle"};

  const bool is_ip6 = request.host.find(':') != request.host.npos;
  const auto place = (is_ip6 ? '[' + request.host + ']' : request.host) + ':' + std::to_string(request.port);
  const list known{curl_slist_append(nullptr, (place + ':' + joined(request.addresses)).c_str()),
                   &curl_slist_free_all};
  list headers{curl_slist_append(nullptr, ("Content-Type: " + request.content_type).c_str()),
               &curl_slist_free_all};
  taken answer{{}, request.bytes_max};
  char why[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(curl, CURLOPT_URL, ((request.secure ? "https://" : "http://") + place + request.target).c_str());
  if (!is_ip6) // which needs no looking up
    curl_easy_setopt(curl, CURLOPT_RESOLVE, known.get());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, request.secure ? "https" : "http");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L); // RFC 8461 §3.3
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.wait.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  if (!request.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }
  if (!request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  }

  const auto code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    const auto kind = answer.too_long               ? errc::limit_exceeded
                      : code == CURLE_OPERATION_TIMEDOUT ? errc::timed_out
                                                         : errc::peer_unreachable;
    return error{kind, place + ": " + (*why != '\0' ? why : curl_easy_strerror(code))};
  }
  long status = 0;
  const char* type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  return http_response{static_cast<int>(status), type != nullptr ? type : "", std::move(answer.bytes)};
}

} // namespace troupe::io
