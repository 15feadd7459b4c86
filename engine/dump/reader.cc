// reader.cc – see reader.h.
#include "dump/reader.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "os/plain_file.h"

namespace larder::dump {

using base::fail;
using base::with_hint;

namespace {

constexpr const char* kSalvage = "`larder load-dump --salvage` loads the blocks that are good";
constexpr size_t kWindow = 1 << 20;

class FileSource final : public Source {
 public:
  explicit FileSource(os::ReadFile file) : file_(std::move(file)) {}
  uint64_t size() const override { return file_.size(); }
  Status read(uint64_t at, size_t bytes, std::string& out) const override { return file_.read(at, bytes, out); }

 private:
  os::ReadFile file_;
};

/// A frame as it was found, or what is wrong with it.
struct Found {
  Head head;
  std::string body;
  Code wrong = Code::ok;
  std::string what;
  bool length_is_known = false;
};

class Surveyor {
 public:
  Surveyor(const Source& source, const std::string& name, Damaged damaged) : source_(source), damaged_(damaged) {
    result_.name = name;
    result_.bytes = source.size();
  }

  Result<Survey> run() {
    if (Status begun = begin(); !begun) return begun.error();
    while (!result_.trailer && at_ < result_.bytes)
      if (Status stepped = step(); !stepped) return stepped.error();
    if (Status ended = end(); !ended) return ended.error();
    return std::move(result_);
  }

 private:
  /// Preamble and header: without them nothing can be believed.
  Status begin() {
    const Survey& seen = result_;
    std::string bytes;
    if (Status got = source_.read(0, std::min<uint64_t>(kFirstFrame, seen.bytes), bytes); !got) return got;
    if (bytes.empty() || !std::string_view(bytes).starts_with(kMagic.substr(0, bytes.size())))
      return with_hint(fail(Code::foreign, "{} is not a dump", seen.name), "dumps are made by `larder dump`");
    if (bytes.size() < kFirstFrame) return fail(Code::truncated, "{} is truncated: {} bytes", seen.name, seen.bytes);
    if (bytes.substr(kMagic.size(), 4) != preamble().substr(kMagic.size(), 4)) {
      uint32_t format = 0;
      std::memcpy(&format, bytes.data() + kMagic.size(), sizeof format);
      return with_hint(fail(Code::layout, "{} is a dump of format {}, this build reads {}", seen.name, format, kFormat),
                       "load it with the version of larder that made it");
    }
    if (bytes != preamble()) return fail(Code::corrupt, "{}: its first 16 bytes are damaged", seen.name);
    checksum_.add(bytes);
    at_ = kFirstFrame;
    Found found;
    if (Status got = fetch(0, found); !got) return got;
    std::optional<Header> header;
    if (found.wrong == Code::ok && found.head.mark == Mark::header) header = decode_header(found.body);
    if (!header)
      return with_hint(
          fail(found.wrong == Code::truncated ? Code::truncated : Code::corrupt, "{}: its header (byte {}) {}",
               seen.name, at_, found.wrong == Code::truncated ? "is not all there" : "is damaged"),
          "nothing of it can be trusted; take another dump");
    result_.header = std::move(*header);
    result_.records.assign(result_.header.regions.size(), 0);
    pass(found);
    return Done{};
  }

  /// One frame: remembered if it is good.
  Status step() {
    Found found;
    if (Status got = fetch(result_.header.id, found); !got) return got;
    if (found.wrong == Code::ok) judge(found);
    if (found.wrong == Code::ok) {
      const bool trailer = found.head.mark == Mark::trailer;
      if (!trailer)
        pass(found);
      else
        at_ += kHeadBytes + found.body.size();
      return Done{};
    }
    if (damaged_ == Damaged::refuse) return with_hint(fail(found.wrong, "{}: {}", result_.name, found.what), kSalvage);
    const uint64_t from = at_;
    if (found.length_is_known) {
      at_ += kHeadBytes + found.head.bytes;
    } else if (Status sought = seek_frame(); !sought) {
      return sought;
    }
    result_.losses.push_back({from, at_ - from, found.what});
    return Done{};
  }

  /// Reads the frame at `at_` and checks its checksums. Fails only if the file cannot be read.
  Status fetch(uint64_t seed, Found& found) {
    const uint64_t left = result_.bytes - at_;
    const std::string what = at_ == kFirstFrame ? std::string("the header") : fmt::format("block {}", number());
    if (left < kHeadBytes) {
      found.wrong = Code::truncated;
      found.what = fmt::format("the file is truncated: it ends at byte {}, inside of {}", result_.bytes, what);
      return Done{};
    }
    std::string bytes;
    if (Status got = source_.read(at_, kHeadBytes, bytes); !got) return got;
    const std::optional<Head> head = decode_head(bytes, at_, seed);
    if (!head) {
      found.wrong = Code::corrupt;
      found.what = fmt::format("the head of {}, at byte {}, is damaged", what, at_);
      return Done{};
    }
    found.head = *head;
    if (left - kHeadBytes < head->bytes) {
      found.wrong = Code::truncated;
      found.what = fmt::format("the file is truncated: it ends at byte {}, inside of {}", result_.bytes, what);
      return Done{};
    }
    found.length_is_known = true;
    if (Status got = source_.read(at_ + kHeadBytes, head->bytes, found.body); !got) return got;
    if (!body_is_good(*head, found.body, seed)) {
      found.wrong = Code::corrupt;
      found.what = fmt::format("{}, at byte {}, is damaged ({} bytes)", what, at_, head->bytes);
    } else {
      head_bytes_ = bytes;
    }
    return Done{};
  }

  /// A frame with right checksums: is it what may stand here?
  void judge(Found& found) {
    const auto bad = [&](std::string what) {
      found.wrong = Code::corrupt;
      found.what = std::move(what);
    };
    if (found.head.mark == Mark::header) return bad(fmt::format("a second header stands at byte {}", at_));
    if (found.head.mark == Mark::block) {
      BlockReader reader(found.body);
      const bool sound = reader.region() < result_.header.regions.size() && reader.rank() < kRanks;
      const RegionKind kind = sound ? result_.header.regions[reader.region()].kind : RegionKind::cache;
      Record record;
      bool suits = sound;
      while (suits && reader.next(record)) suits = (record.kind == RecordKind::entry) == (kind == RegionKind::cache);
      if (!suits || !reader.finished())
        return bad(fmt::format("block {}, at byte {}, does not hold what it says", number(), at_));
      result_.blocks.push_back({at_, reader.region(), reader.rank(), reader.records()});
      result_.records[reader.region()] += reader.records();
      return;
    }
    std::optional<Trailer> trailer = decode_trailer(found.body);
    if (!trailer || trailer->records.size() != result_.header.regions.size())
      return bad(fmt::format("the trailer, at byte {}, does not hold what it says", at_));
    result_.trailer = std::move(trailer);
    if (!result_.losses.empty()) return;
    if (result_.trailer->checksum != checksum_.value() || result_.trailer->blocks != result_.blocks.size() ||
        result_.trailer->records != result_.records)
      bad("the blocks are not those that the trailer counts");
  }

  /// Moves on to the next place where a frame begins, or to the end.
  Status seek_frame() {
    std::string window, head;
    for (++at_; at_ + kHeadBytes <= result_.bytes; at_ += window.size() - 3) {
      if (Status got = source_.read(at_, std::min<uint64_t>(kWindow, result_.bytes - at_), window); !got) return got;
      for (size_t i = 0; i + 4 <= window.size(); ++i) {
        if (window[i + 3] != '\xf1' || at_ + i + kHeadBytes > result_.bytes) continue;
        if (Status got = source_.read(at_ + i, kHeadBytes, head); !got) return got;
        if (!decode_head(head, at_ + i, result_.header.id)) continue;
        at_ += i;
        return Done{};
      }
      if (window.size() < kWindow) break;
    }
    at_ = result_.bytes;
    return Done{};
  }

  Status end() {
    const auto lose = [&](Code code, uint64_t at, std::string what) -> Status {
      if (damaged_ == Damaged::refuse) return with_hint(fail(code, "{}: {}", result_.name, what), kSalvage);
      result_.losses.push_back({at, result_.bytes - at, std::move(what)});
      return Done{};
    };
    if (!result_.trailer)
      return result_.losses.empty() || damaged_ == Damaged::refuse
                 ? lose(Code::truncated, result_.bytes,
                        fmt::format("the file is truncated: it ends at byte {}, before its trailer", result_.bytes))
                 : Status(Done{});
    if (at_ != result_.bytes)
      return lose(Code::corrupt, at_, fmt::format("{} bytes follow the trailer", result_.bytes - at_));
    return Done{};
  }

  /// A good frame is behind.
  void pass(const Found& found) {
    checksum_.add(head_bytes_);
    checksum_.add(found.body);
    at_ += kHeadBytes + found.body.size();
  }
  size_t number() const { return result_.blocks.size() + result_.losses.size() + 1; }

  const Source& source_;
  Damaged damaged_;
  Survey result_;
  uint64_t at_ = 0;
  std::string head_bytes_;
  Checksum checksum_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_file(const std::string& path) {
  Result<os::ReadFile> file = os::ReadFile::open(path);
  if (!file) return file.error();
  return std::unique_ptr<Source>(std::make_unique<FileSource>(std::move(*file)));
}

Result<Survey> survey(const Source& source, const std::string& name, Damaged damaged) {
  return Surveyor(source, name, damaged).run();
}

Status read_block(const Source& source, const Survey& survey, const BlockPlace& place,
                  const std::function<bool(const Record&)>& visit) {
  const auto changed = [&] {
    return fail(Code::corrupt, "{}: the block at byte {} changed while the file was read", survey.name, place.at);
  };
  std::string bytes;
  if (Status got = source.read(place.at, kHeadBytes, bytes); !got) return got;
  const std::optional<Head> head = decode_head(bytes, place.at, survey.header.id);
  if (!head || head->bytes > source.size() - place.at - kHeadBytes) return changed();
  if (Status got = source.read(place.at + kHeadBytes, head->bytes, bytes); !got) return got;
  if (!body_is_good(*head, bytes, survey.header.id)) return changed();
  BlockReader reader(bytes);
  Record record;
  while (reader.next(record))
    if (!visit(record)) break;
  return Done{};
}

}  // namespace larder::dump
