// table.cc – measures and pads columns.
#include "common/table.h"

#include <algorithm>

namespace larder::tools {

namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

size_t display_width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string fit_left(std::string_view text, size_t width, std::string_view ellipsis) {
  const size_t columns = display_width(text);
  if (columns <= width) return std::string(text) + std::string(width - columns, ' ');
  const size_t keep = width - std::min(width, display_width(ellipsis));
  size_t bytes = 0;
  for (size_t seen = 0; bytes < text.size(); ++bytes) {
    if (starts_character(text[bytes]) && seen++ == keep) break;
  }
  return std::string(text.substr(0, bytes)) + std::string(ellipsis);
}

std::string fit_right(std::string_view text, size_t width) {
  const size_t columns = display_width(text);
  return std::string(width - std::min(width, columns), ' ') + std::string(text);
}

std::string Table::text() const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string text;
  const auto append = [&](const auto& cell_of) {
    std::string line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += "  ";
      line += columns_[i].side == Side::left ? fit_left(cell_of(i), widths[i]) : fit_right(cell_of(i), widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  append([&](size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_) append([&](size_t i) -> const std::string& { return row[i]; });
  return text;
}

}  // namespace larder::tools
