#include "net/core/message_changes.hpp"

#include <catch2/catch.hpp>

using namespace troupe;

namespace {

std::string changed(std::string message, const message_changes& what) {
  apply(what, message);
  return message;
}

} // namespace

TEST_CASE("message changes: fields come in front, go, change and follow", "[core]") {
  const std::string message = "A: 1\r\nB: 2\r\n folded\r\nC: 3\r\n\r\ntext\r\n";
  message_changes what;
  CHECK(changed(message, what) == message);
  what.prepended = "New: x\r\n";
  CHECK(changed(message, what) == "New: x\r\n" + message);
  what.fields[1] = "";
  what.fields[2] = "C: three\r\n";
  what.appended = "Last: y\r\n";
  CHECK(changed(message, what) == "New: x\r\nA: 1\r\nC: three\r\nLast: y\r\n\r\ntext\r\n");
  what.text = "other\r\n";
  CHECK(changed(message, what) == "New: x\r\nA: 1\r\nC: three\r\nLast: y\r\n\r\nother\r\n");
}

TEST_CASE("message changes: a field that is not there changes nothing", "[core]") {
  message_changes what;
  what.fields[7] = "X: y\r\n";
  CHECK(changed("A: 1\r\n\r\ntext", what) == "A: 1\r\n\r\ntext");
}

TEST_CASE("message changes: a message without text or without header stays one", "[core]") {
  message_changes what;
  what.appended = "X: y\r\n";
  CHECK(changed("A: 1", what) == "A: 1\r\nX: y\r\n");
  CHECK(changed("", what) == "X: y\r\n");
  CHECK(changed("\r\ntext", what) == "X: y\r\n\r\ntext");
  what.text = "new";
  CHECK(changed("A: 1\r\n", what) == "A: 1\r\nX: y\r\n\r\nnew");
}
