// A scripted DNS server on loopback: UDP and TCP on one port, on the caller's
// io_context, answering what the test said and nothing else.

#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe::support {

class dns_responder {
public:
  enum class says { records, no_domain, server_failed, nothing };

  struct record {
    std::string type; ///< "A", "AAAA", "MX" or "CNAME".
    std::string data; ///< "192.0.2.1", "10 mx.test", "other.test"; for MX "." is the root.
    std::uint32_t ttl = 300;
    std::string owner{}; ///< Another owner than the question, behind a CNAME.
  };

  struct answer {
    says what = says::records;
    std::vector<record> records{}; ///< None: NODATA.
    bool truncated_on_udp = false;
  };

  explicit dns_responder(asio::io_context& io);

  /// "127.0.0.1:PORT".
  [[nodiscard]] std::string address() const;

  /// What is not scripted does not exist.
  void script(const std::string& name, const std::string& type, answer reply);

  [[nodiscard]] int asked(const std::string& name, const std::string& type) const;
  [[nodiscard]] int asked_by_tcp() const noexcept { return asked_by_tcp_; }

  /// Called for each question, after the answer went out.
  std::function<void()> on_question = [] {};

private:
  using key = std::pair<std::string, std::uint16_t>;

  void receive();
  void accept();
  void serve(std::shared_ptr<asio::ip::tcp::socket> peer);
  std::string reply_to(const std::string& query, bool by_udp);

  asio::ip::udp::socket udp_;
  asio::ip::tcp::acceptor tcp_;
  asio::ip::udp::endpoint from_;
  std::array<char, 4096> buffer_{};
  std::map<key, answer> script_;
  std::map<key, int> asked_;
  int asked_by_tcp_ = 0;
};

} // namespace troupe::support
