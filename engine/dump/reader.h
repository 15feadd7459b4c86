// reader.h – reads a dump: first all of it, to know that it is whole, then its blocks, in any order.
//
// What it is    survey() checks every byte and remembers where the blocks are. A file that is not whole is refused with
//               the first thing that is wrong; with Damaged::salvage everything that proves itself is kept and what is
//               missing is listed.
// Invariants    nothing is delivered whose checksums were not right when it was delivered: read_block checks again.
// Concurrency   one thread; the file may change underneath: then a block is refused.
// Crash         reads only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dump/format.h"
#include "larder/result.h"

namespace larder::dump {

/// Bytes that can be read at any place: a file, or memory.
class Source {
 public:
  virtual ~Source() = default;
  virtual uint64_t size() const = 0;
  /// Exactly `bytes` bytes from `at`; both lie within size() when it is called.
  virtual Status read(uint64_t at, size_t bytes, std::string& out) const = 0;
};

class MemorySource final : public Source {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  Status read(uint64_t at, size_t bytes, std::string& out) const override {
    out.assign(bytes_.substr(at, bytes));
    return Done{};
  }

 private:
  std::string_view bytes_;
};

/// A regular file. Code::not_found, permission, or foreign.
Result<std::unique_ptr<Source>> open_file(const std::string& path);

struct BlockPlace {
  uint64_t at = 0;
  uint32_t region = 0;
  uint32_t rank = 0;
  uint32_t records = 0;
};

/// A stretch of the file that is not what it should be.
struct Loss {
  uint64_t at = 0;
  uint64_t bytes = 0;
  std::string what;
};

struct Survey {
  std::string name;  ///< of the file, for messages
  Header header;
  uint64_t bytes = 0;
  std::vector<BlockPlace> blocks;  ///< the good ones, in the order of the file
  std::vector<uint64_t> records;   ///< of each region, in good blocks
  std::optional<Trailer> trailer;  ///< none = lost
  std::vector<Loss> losses;        ///< empty = the file is whole
};

enum class Damaged : uint8_t { refuse, salvage };

/// Checks the whole file. Code::foreign if it is no dump, layout if it is one of another format, truncated, corrupt.
Result<Survey> survey(const Source& source, const std::string& name, Damaged damaged);

/// Delivers the records of a block, until `visit` returns false.
Status read_block(const Source& source, const Survey& survey, const BlockPlace& place,
                  const std::function<bool(const Record&)>& visit);

}  // namespace larder::dump
