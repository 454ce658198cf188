#include "app/console/console.hpp"
#include "net/io/http_client.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

using namespace troupe;
using namespace troupe::app;

namespace {

const std::filesystem::path page = std::filesystem::path(TROUPE_SOURCE_DIR) / "app/console/page";

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("console: every file of the page is in the program, byte for byte", "[console]") {
  std::size_t count = 0;
  for (const auto& each : std::filesystem::directory_iterator(page)) {
    const auto name = each.path().filename().string();
    CAPTURE(name);
    const auto* file = find_console_file(name == "index.html" ? "/" : "/console/" + name);
    REQUIRE(file != nullptr);
    CHECK(std::string{file->content} == read(each.path()));
    ++count;
  }
  CHECK(count == console_files().size());
  CHECK(find_console_file("/console/") == nullptr);
  CHECK(find_console_file("/console/../console.cpp") == nullptr);
}

TEST_CASE("console: whatever a file asks for is another file of it", "[console]") {
  const std::regex asked(R"re((?:href|src)="(/[^"]*)"|from "\.(/[^"]*)")re");
  for (const auto& file : console_files()) {
    const std::string text{file.content};
    for (std::sregex_iterator it(text.begin(), text.end(), asked), end; it != end; ++it) {
      const auto path = (*it)[1].matched ? (*it)[1].str() : "/console" + (*it)[2].str();
      CAPTURE(file.path, path);
      CHECK(find_console_file(path) != nullptr);
    }
  }
}

TEST_CASE("console: no script parses HTML or makes code of text", "[console]") {
  const std::regex dangerous(
    R"(innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|\beval\b|new Function|javascript:)");
  for (const auto& file : console_files()) {
    CAPTURE(file.path);
    CHECK_FALSE(std::regex_search(std::string{file.content}, dangerous));
  }
}

TEST_CASE("console: it is served with the type that each file has, and nothing else is",
          "[console]") {
  io::http_server_options anywhere;
  anywhere.address = "127.0.0.1:0";
  io::http_server server(anywhere);
  serve_console(server);
  REQUIRE(server.start());
  io::http_client_options there;
  there.address = "127.0.0.1:" + std::to_string(server.port());
  const auto front = io::http_call(there, "GET", "/");
  REQUIRE(front);
  CHECK(front->status == 200);
  CHECK(front->content_type == "text/html; charset=utf-8");
  CHECK(front->body == find_console_file("/")->content);
  const auto script = io::http_call(there, "GET", "/console/main.js");
  REQUIRE(script);
  CHECK(script->content_type == "text/javascript; charset=utf-8");
  CHECK(io::http_call(there, "GET", "/console/none.js")->status == 404);
  CHECK(io::http_call(there, "POST", "/", "{}")->status == 405);
}
