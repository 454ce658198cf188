// Rows of text in aligned columns.

#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace troupe::app {

enum class align { left, right };

class table {
public:
  struct column {
    std::string title;
    align side = align::left;
    std::size_t width_max
      = 60; ///< Longer cells are cut, and end in "...". The last column is never padded.
  };

  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// Cells are made fit for a terminal. @pre as many as there are columns
  void add(std::vector<std::string> cells);

  [[nodiscard]] bool is_empty() const noexcept { return rows_.empty(); }
  void print(std::ostream& to) const;

private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Text of more letters ends in "..." instead.
/// @pre letters_max >= 3
[[nodiscard]] std::string cut(std::string text, std::size_t letters_max);

/// Letters of UTF-8 text, which is near enough to the places it takes.
[[nodiscard]] std::size_t letters_of(const std::string& text) noexcept;

} // namespace troupe::app
