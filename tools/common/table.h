// table.h – rows of text in aligned columns.
//
// What it is    a small table: columns with a title and a side, rows of cells; widths come from the contents.
// Invariants    every row has as many cells as there are columns; no trailing blanks.
// Concurrency   one thread.
// Crash         nothing is shared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace larder::tools {

/// Columns a text takes on a terminal (UTF-8; every character of ours is one column wide).
size_t display_width(std::string_view text);
/// The text padded with blanks to `width` columns, or cut (with `ellipsis`) to it.
std::string fit_left(std::string_view text, size_t width, std::string_view ellipsis = "~");
std::string fit_right(std::string_view text, size_t width);

class Table {
 public:
  enum class Side { left, right };
  struct Column {
    std::string title;
    Side side = Side::right;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  /// All lines, each ended by a newline, headed by the titles.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace larder::tools
