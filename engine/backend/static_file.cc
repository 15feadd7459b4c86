// static_file.cc – lines and columns of list files; see static_file.h.
#include "backend/static_file.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "base/error.h"

namespace larder::backend {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Cuts the next line off the text, without its end.
std::string_view next_line(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// A column in quotes, `at` behind the opening one; moves it behind the closing one. Nothing if there is none.
std::optional<std::string> quoted(std::string_view line, size_t& at) {
  std::string column;
  for (; at < line.size(); ++at) {
    if (line[at] == '"') {
      if (at + 1 >= line.size() || line[at + 1] != '"') {
        ++at;
        return column;
      }
      ++at;
    }
    column += line[at];
  }
  return std::nullopt;
}

/// The columns of a line, or what is wrong with it.
Result<std::vector<std::string>> columns_of(std::string_view line, char separator) {
  std::vector<std::string> columns;
  for (size_t at = 0;; ++at) {
    if (at < line.size() && line[at] == '"') {
      const auto column = quoted(line, ++at);
      if (!column) return base::fail(Code::invalid_argument, "a quoted column does not end on its line");
      if (at < line.size() && line[at] != separator) {
        return base::fail(Code::invalid_argument, "a quoted column is not followed by the separator");
      }
      columns.push_back(*column);
    } else {
      const size_t end = std::min(line.find(separator, at), line.size());
      columns.emplace_back(line.substr(at, end - at));
      at = end;
    }
    if (at >= line.size()) return columns;
  }
}

Result<StaticItem> csv_item(std::string_view line, const FileFormat& format) {
  auto columns = columns_of(line, format.separator);
  if (!columns) return columns.error();
  if (format.key_column >= columns->size()) {
    return base::fail(Code::invalid_argument, "there are {} columns, but the key is in column {} (counted from 0)",
                      columns->size(), format.key_column);
  }
  StaticItem item;
  item.key = (*columns)[format.key_column];
  if (format.value_column && *format.value_column < columns->size()) item.value = (*columns)[*format.value_column];
  return item;
}

}  // namespace

Result<std::vector<StaticItem>> parse_items(std::string_view text, const FileFormat& format,
                                            std::string_view filename) {
  std::vector<StaticItem> items;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (uint32_t number = 1; !text.empty(); ++number) {
    const std::string_view line = next_line(text);
    if ((number == 1 && format.skip_first) || trim(line).empty()) continue;
    StaticItem item{std::string(trim(line)), std::nullopt, number};
    if (format.kind == FileFormat::Kind::csv) {
      const auto parsed = csv_item(line, format);
      if (!parsed) {
        return base::with_hint(
            base::fail(Code::invalid_argument, "{}:{}: {}", filename, number, parsed.error().message),
            "check the separator and the columns in the configuration of this list");
      }
      item = *parsed;
      item.line = number;
    }
    items.push_back(std::move(item));
  }
  return items;
}

Result<std::string> read_file(const std::string& path, uint64_t limit) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file) return base::with_errno(fmt::format("{}: cannot read the list", path));
  std::string text;
  char buffer[16 << 10];
  for (;;) {
    const size_t count = std::fread(buffer, 1, sizeof buffer, file.get());
    if (count == 0) break;
    text.append(buffer, count);
    if (text.size() > limit) {
      return base::with_hint(base::fail(Code::invalid_argument, "{}: longer than {} bytes", path, limit),
                             "raise the limit of the size, or shorten the list");
    }
  }
  if (std::ferror(file.get()) != 0) return base::with_errno(fmt::format("{}: cannot read the list", path));
  return text;
}

Result<StaticList> load_list(const std::string& path, const FileFormat& format, const StaticLimits& limits) {
  const auto text = read_file(path, limits.bytes);
  if (!text) return text.error();
  const auto items = parse_items(*text, format, path);
  if (!items) return items.error();
  return StaticList::build(*items, limits, path, format.patterns);
}

}  // namespace larder::backend
