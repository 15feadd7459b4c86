// format.h – the bytes of a dump: what the regions of a segment held, in a file that says when it is not whole.
//
//   file     | magic (8) | format (4) | 0 (4) | frame: header | frame: block | frame: block | … | frame: trailer |
//   frame    | mark (4) | body bytes (4) | place (8) | body checksum (8) | head checksum (8) | body |
//   header   | id (8) | created (8) | layout (4) | regions (4) | text: segment | regions × (kind (1) | text: name) |
//   block    | region (4) | rank (4) | records (4) | records × record |
//   record   | kind (1) | has (1) | key bytes (2) | value bytes (4) | those that it has, 8 each | key | value |
//   trailer  | blocks (8) | checksum of all bytes before (8) | regions (4) | regions × records (8) |
//
// What it is    docs/dump-format.md as code: the one place that knows these bytes. Integers are little endian, a text
//               is its length in 2 bytes and then its bytes, checksums are XXH3-64.
// Invariants    D1 a frame's checksums are seeded with the id, which is drawn at random for each dump, and its place is
//               its offset in the file: bytes of another dump, or of a value that imitates one, are never taken for a
//               frame of this one. (Those of the header, which says the id, are seeded with 0.)
//               D2 what is decoded is checked against the bytes there are before it is used: any input gives records
//               or "no", and takes no more memory than it has bytes.
// Concurrency   pure functions.
// Crash         a file without trailer was not finished.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace larder::dump {

constexpr std::string_view kMagic{"\x89LDUMP\r\n", 8};
constexpr uint32_t kFormat = 1;
constexpr uint64_t kFirstFrame = 16;

enum class Mark : uint32_t { header = 0xf152'4448, block = 0xf14b'4c42, trailer = 0xf144'4e45 };  // HDR, BLK, END, f1
constexpr size_t kHeadBytes = 32;
constexpr size_t kBlockBytes = 256 << 10;   ///< a block of more than one record is not much larger
constexpr uint32_t kMaxBody = 0x7fff'ffff;  ///< longest body of a frame
constexpr size_t kBeforeRecords = 12;       ///< of a block
constexpr size_t kMaxRegions = 256;

enum class RegionKind : uint8_t { cache = 0, store = 1 };
enum class RecordKind : uint8_t { entry = 1, value = 2, counter = 3 };

struct Region {
  RegionKind kind = RegionKind::cache;
  std::string name;
  bool operator==(const Region&) const = default;
};

struct Header {
  uint64_t id = 0;
  int64_t created_unix_ms = 0;
  uint32_t layout = 0;  ///< of the segment; for people
  std::string segment;
  std::vector<Region> regions{};
  bool operator==(const Header&) const = default;
};

/// One entry of a cache, or one record of a store. Times are milliseconds since 1970, periods milliseconds.
struct Record {
  RecordKind kind = RecordKind::entry;
  std::string key{};
  std::string value{};                ///< not of counters
  int64_t number = 0;                 ///< of counters
  std::optional<int64_t> expires{};   ///< none = never
  std::optional<int64_t> idle{};      ///< entries: sliding period
  std::optional<int64_t> deadline{};  ///< entries with a period: no use extends the life beyond this
  std::optional<uint32_t> tag{};      ///< entries
  bool hot = false;                   ///< entries: it was in the hot ring
  uint8_t references = 0;             ///< entries: 0..3
  bool operator==(const Record&) const = default;
};

struct Trailer {
  uint64_t blocks = 0;
  uint64_t checksum = 0;          ///< of all bytes of the file before the trailer's frame
  std::vector<uint64_t> records;  ///< of each region
  bool operator==(const Trailer&) const = default;
};

/// What stands before the body of a frame.
struct Head {
  Mark mark = Mark::block;
  uint32_t bytes = 0;  ///< of the body
  uint64_t place = 0;
  uint64_t body_checksum = 0;
};

/// When a record is best loaded, 0 first: what comes last into a cache is what its hands meet last.
inline uint32_t rank_of(const Record& record) {
  if (record.hot) return 2u + record.references;
  return record.references > 0 ? 1 : 0;
}
constexpr uint32_t kRanks = 6;

std::string preamble();
std::string encode(const Header& header);
std::string encode(const Trailer& trailer);
void append(std::string& out, const Record& record);
/// The first bytes of a block's body.
std::string block_start(uint32_t region, uint32_t rank, uint32_t records);
/// A whole frame. `seed` is the id, 0 for the header.
std::string frame(Mark mark, std::string_view body, uint64_t place, uint64_t seed);
/// Bytes that `record` takes in a block.
uint64_t record_bytes(const Record& record);

/// The head that these kHeadBytes are, if they are one that belongs at `place`.
std::optional<Head> decode_head(std::string_view bytes, uint64_t place, uint64_t seed);
bool body_is_good(const Head& head, std::string_view body, uint64_t seed);
std::optional<Header> decode_header(std::string_view body);
std::optional<Trailer> decode_trailer(std::string_view body);

/// Reads the records of a block's body, one after the other.
class BlockReader {
 public:
  explicit BlockReader(std::string_view body);
  uint32_t region() const { return region_; }
  uint32_t rank() const { return rank_; }
  uint32_t records() const { return records_; }
  /// The next record; false if there is none, or what is there is none.
  bool next(Record& record);
  /// True once every record was read and nothing is left or missing.
  bool finished() const { return good_ && left_ == 0 && rest_.empty(); }

 private:
  std::string_view rest_;
  uint32_t region_ = 0, rank_ = 0, records_ = 0, left_ = 0;
  bool good_ = true;
};

/// The checksum of many pieces, as if they were one.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;
  void add(std::string_view bytes);
  uint64_t value() const;

 private:
  struct State;
  State* state_;
};

}  // namespace larder::dump
