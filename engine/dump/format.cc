// format.cc – see format.h.
#include "dump/format.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "larder/options.h"

namespace larder::dump {

namespace {

/// Which fields a record has; the lower bits in the order of the fields.
enum Has : uint8_t {
  kExpires = 1,
  kIdle = 2,
  kDeadline = 4,
  kTag = 8,
  kNumber = 16,
  kHot = 32,  ///< no field
};
constexpr unsigned kReferences = 6;  ///< shift of the two bits that are the count

template <class T>
void put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<uint16_t>(text.size()));
  out += text;
}

/// Takes integers and texts from the front of some bytes; `good` turns false for ever once something is missing.
struct Source {
  std::string_view& rest;
  bool& good;

  std::string_view raw(size_t bytes) {
    if (bytes > rest.size()) {
      good = false;
      rest = {};
      return {};
    }
    const std::string_view part = rest.substr(0, bytes);
    rest.remove_prefix(bytes);
    return part;
  }
  template <class T>
  T get() {
    uint64_t value = 0;
    size_t shift = 0;
    for (const char c : raw(sizeof(T))) {
      value |= uint64_t{static_cast<uint8_t>(c)} << shift;
      shift += 8;
    }
    return static_cast<T>(value);
  }
  std::string_view text() { return raw(get<uint16_t>()); }
};

uint64_t checksum(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

uint8_t fields_of(const Record& record) {
  unsigned has = unsigned{record.references} << kReferences;
  if (record.expires) has |= kExpires;
  if (record.idle) has |= kIdle;
  if (record.deadline) has |= kDeadline;
  if (record.tag) has |= kTag;
  if (record.kind == RecordKind::counter) has |= kNumber;
  if (record.hot) has |= kHot;
  return static_cast<uint8_t>(has);
}

/// True if a record of this kind may have these fields.
bool suits(RecordKind kind, uint8_t has) {
  switch (kind) {
    case RecordKind::entry: return (has & kNumber) == 0 && ((has & kDeadline) == 0 || (has & kIdle) != 0);
    case RecordKind::value: return (has & ~unsigned{kExpires}) == 0;
    case RecordKind::counter: return (has & ~unsigned{kExpires}) == kNumber;
  }
  return false;
}

}  // namespace

std::string preamble() {
  std::string out(kMagic);
  put(out, kFormat);
  put(out, uint32_t{0});
  return out;
}

std::string encode(const Header& header) {
  std::string out;
  put(out, header.id);
  put(out, header.created_unix_ms);
  put(out, header.layout);
  put(out, static_cast<uint32_t>(header.regions.size()));
  put_text(out, header.segment);
  for (const Region& region : header.regions) {
    put(out, static_cast<uint8_t>(region.kind));
    put_text(out, region.name);
  }
  return out;
}

std::optional<Header> decode_header(std::string_view body) {
  bool good = true;
  Source from{body, good};
  Header header;
  header.id = from.get<uint64_t>();
  header.created_unix_ms = from.get<int64_t>();
  header.layout = from.get<uint32_t>();
  const auto regions = from.get<uint32_t>();
  header.segment = from.text();
  if (regions > kMaxRegions) return std::nullopt;
  for (uint32_t i = 0; i < regions && good; ++i) {
    Region region;
    const auto kind = from.get<uint8_t>();
    if (kind > static_cast<uint8_t>(RegionKind::store)) return std::nullopt;
    region.kind = static_cast<RegionKind>(kind);
    region.name = from.text();
    header.regions.push_back(std::move(region));
  }
  if (!good || !body.empty()) return std::nullopt;
  return header;
}

std::string encode(const Trailer& trailer) {
  std::string out;
  put(out, trailer.blocks);
  put(out, trailer.checksum);
  put(out, static_cast<uint32_t>(trailer.records.size()));
  for (const uint64_t records : trailer.records) put(out, records);
  return out;
}

std::optional<Trailer> decode_trailer(std::string_view body) {
  bool good = true;
  Source from{body, good};
  Trailer trailer;
  trailer.blocks = from.get<uint64_t>();
  trailer.checksum = from.get<uint64_t>();
  const auto regions = from.get<uint32_t>();
  if (regions > kMaxRegions) return std::nullopt;
  for (uint32_t i = 0; i < regions && good; ++i) trailer.records.push_back(from.get<uint64_t>());
  if (!good || !body.empty()) return std::nullopt;
  return trailer;
}

uint64_t record_bytes(const Record& record) {
  const unsigned fields = static_cast<unsigned>(__builtin_popcount(fields_of(record) & 31u));
  return 8 + 8 * uint64_t{fields} + record.key.size() + record.value.size();
}

void append(std::string& out, const Record& record) {
  put(out, static_cast<uint8_t>(record.kind));
  put(out, fields_of(record));
  put(out, static_cast<uint16_t>(record.key.size()));
  put(out, static_cast<uint32_t>(record.value.size()));
  if (record.expires) put(out, *record.expires);
  if (record.idle) put(out, *record.idle);
  if (record.deadline) put(out, *record.deadline);
  if (record.tag) put(out, uint64_t{*record.tag});
  if (record.kind == RecordKind::counter) put(out, record.number);
  out += record.key;
  out += record.value;
}

std::string block_start(uint32_t region, uint32_t rank, uint32_t records) {
  std::string out;
  put(out, region);
  put(out, rank);
  put(out, records);
  return out;
}

BlockReader::BlockReader(std::string_view body) : rest_(body) {
  Source from{rest_, good_};
  region_ = from.get<uint32_t>();
  rank_ = from.get<uint32_t>();
  records_ = from.get<uint32_t>();
  left_ = good_ ? records_ : 0;
}

bool BlockReader::next(Record& record) {
  if (!good_ || left_ == 0) return false;
  Source from{rest_, good_};
  const auto kind = static_cast<RecordKind>(from.get<uint8_t>());
  const auto has = from.get<uint8_t>();
  const auto key_bytes = from.get<uint16_t>();
  const auto value_bytes = from.get<uint32_t>();
  good_ = good_ && suits(kind, has) && key_bytes >= 1 && key_bytes <= kMaxKeyBytes &&
          (kind != RecordKind::counter || value_bytes == 0);
  if (!good_) return false;
  record.kind = kind;
  record.expires = record.idle = record.deadline = std::nullopt;
  record.tag = std::nullopt;
  if ((has & kExpires) != 0) record.expires = from.get<int64_t>();
  if ((has & kIdle) != 0) record.idle = from.get<int64_t>();
  if ((has & kDeadline) != 0) record.deadline = from.get<int64_t>();
  if ((has & kTag) != 0) {
    const auto tag = from.get<uint64_t>();
    record.tag = static_cast<uint32_t>(tag);
    good_ = good_ && tag <= UINT32_MAX;
  }
  record.number = (has & kNumber) != 0 ? from.get<int64_t>() : 0;
  record.hot = (has & kHot) != 0;
  record.references = static_cast<uint8_t>(has >> kReferences);
  record.key = from.raw(key_bytes);
  record.value = from.raw(value_bytes);
  if (!good_) return false;
  --left_;
  return true;
}

std::string frame(Mark mark, std::string_view body, uint64_t place, uint64_t seed) {
  std::string out;
  out.reserve(kHeadBytes + body.size());
  put(out, static_cast<uint32_t>(mark));
  put(out, static_cast<uint32_t>(body.size()));
  put(out, place);
  put(out, checksum(body, seed));
  put(out, checksum(out, seed));
  out += body;
  return out;
}

std::optional<Head> decode_head(std::string_view bytes, uint64_t place, uint64_t seed) {
  bool good = true;
  std::string_view rest = bytes;
  Source from{rest, good};
  Head head;
  head.mark = static_cast<Mark>(from.get<uint32_t>());
  head.bytes = from.get<uint32_t>();
  head.place = from.get<uint64_t>();
  head.body_checksum = from.get<uint64_t>();
  const auto own = from.get<uint64_t>();
  const bool known = head.mark == Mark::header || head.mark == Mark::block || head.mark == Mark::trailer;
  if (!good || !known || head.place != place || head.bytes > kMaxBody ||
      own != checksum(bytes.substr(0, kHeadBytes - 8), seed))
    return std::nullopt;
  return head;
}

bool body_is_good(const Head& head, std::string_view body, uint64_t seed) {
  return body.size() == head.bytes && checksum(body, seed) == head.body_checksum;
}

struct Checksum::State {
  XXH3_state_t state;
};

Checksum::Checksum() : state_(new State) { XXH3_64bits_reset(&state_->state); }
Checksum::~Checksum() { delete state_; }
void Checksum::add(std::string_view bytes) { XXH3_64bits_update(&state_->state, bytes.data(), bytes.size()); }
uint64_t Checksum::value() const { return XXH3_64bits_digest(&state_->state); }

}  // namespace larder::dump
