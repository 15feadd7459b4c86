// static_file.h – static lists in text files: one key a line, or columns.
//
// What it is    a list has one key on each line. A CSV file has columns between separators; a column may stand in
//               double quotes, where a doubled quote is one quote. Lines end with LF or CRLF; blank ones are skipped,
//               as is a byte order mark. Spaces around a key of a list are not part of it.
// Errors        "file:line: what is wrong" for everything in the file.
// Concurrency   pure functions, but for reading the file.
// Crash         nothing here lives in the segment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/static_list.h"
#include "larder/result.h"

namespace larder::backend {

struct FileFormat {
  enum class Kind : uint8_t { list, csv };
  Kind kind = Kind::list;
  char separator = ',';                  ///< of CSV
  size_t key_column = 0;                 ///< of CSV, from 0
  std::optional<size_t> value_column{};  ///< of CSV, from 0; none, or a line without it: the integer 1
  bool skip_first = false;               ///< the first line is a heading
  bool patterns = true;                  ///< keys with wildcards are patterns
};

/// The items of a text; `filename` is what messages call it.
Result<std::vector<StaticItem>> parse_items(std::string_view text, const FileFormat& format, std::string_view filename);

/// Reads a file into a list. Code::not_found or Code::permission if it cannot be read.
Result<StaticList> load_list(const std::string& path, const FileFormat& format, const StaticLimits& limits);

/// The whole file, if it has at most `limit` bytes.
Result<std::string> read_file(const std::string& path, uint64_t limit);

}  // namespace larder::backend
