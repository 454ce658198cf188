#include "app/troupectl/table.hpp"

#include "app/words/terminal_text.hpp"
#include "net/core/expect.hpp"

#include <algorithm>
#include <ostream>

namespace troupe::app {

namespace {

bool begins_letter(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

} // namespace

std::string cut(std::string text, std::size_t letters_max) {
  if (letters_of(text) <= letters_max)
    return text;
  std::size_t letters = 0, at = 0;
  while (letters + 3 < letters_max || !begins_letter(text[at]))
    letters += begins_letter(text[at++]) ? 1 : 0;
  return text.substr(0, at) + "...";
}

std::size_t letters_of(const std::string& text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_letter));
}

void table::add(std::vector<std::string> cells) {
  TROUPE_EXPECT(cells.size() == columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    cells[i] = cut(terminal_line(cells[i]), columns_[i].width_max);
  rows_.push_back(std::move(cells));
}

void table::print(std::ostream& to) const {
  std::vector<std::size_t> widths;
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    auto width = letters_of(columns_[i].title);
    for (const auto& row : rows_)
      width = std::max(width, letters_of(row[i]));
    widths.push_back(width);
  }
  const auto print_row = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - letters_of(row[i]), ' ');
      const bool last = i + 1 == row.size();
      if (columns_[i].side == align::right)
        to << padding << row[i];
      else
        to << row[i] << (last ? "" : padding);
      to << (last ? "\n" : "  ");
    }
  };
  print_row(titles);
  for (const auto& row : rows_)
    print_row(row);
}

} // namespace troupe::app
