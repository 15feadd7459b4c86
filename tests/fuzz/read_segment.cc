// The file of a segment: as the bytes are, or a whole small segment with the bytes as changes to it.
//
//   byte 0     0: the rest is the file; 1: the rest are changes; 2: changes, and the checksums are set right after them
//   a change   u16 where, in units of 8 bytes; u8 how many bytes; the bytes
#include <cstring>

#include "cache/region_layout.h"
#include "damage/subject.h"
#include "damage/use.h"
#include "fuzz/targets.h"
#include "segment/superblock.h"
#include "support/segments.h"

namespace larder::fuzz {
namespace {

constexpr uint32_t kOperations = 60;

std::string small_image() {
  const test::TempDirectory directory;
  SegmentOptions options = test::segment_options(directory, {test::cache_options("main", 4096, 256)});
  options.workers = options.threads = 2;
  options.stores.emplace_back();
  options.stores[0].size = kMinStoreBytes;
  options.stores[0].page_size = 4096;
  options.stores[0].expected_entry = 4000;
  options.stores[0].durable = {'d'};
  const Segment segment = test::create_segment(options);
  test::Use use(segment, 1, test::Use::Only::data);
  for (int i = 0; i < 500; ++i) use.step();
  return test::read_image(directory);
}

void change(std::string& image, std::string_view changes) {
  while (changes.size() > 3) {
    const size_t at =
        8 * (static_cast<uint8_t>(changes[0]) | static_cast<size_t>(static_cast<uint8_t>(changes[1])) << 8);
    const size_t count = static_cast<uint8_t>(changes[2]);
    const std::string_view bytes = changes.substr(3, count);
    if (at < image.size())
      image.replace(at, std::min(bytes.size(), image.size() - at), bytes.substr(0, image.size() - at));
    changes.remove_prefix(std::min(changes.size(), 3 + count));
  }
}

/// Checksums are there against damage, not against somebody who sets them.
void set_checksums(std::string& image) {
  auto& super = *reinterpret_cast<segment::Superblock*>(image.data());
  super.magic = segment::kMagic;
  super.layout = segment::kLayoutVersion;
  super.abi = segment::abi_fingerprint();
  super.checksum = segment::superblock_checksum(super);
  const uint64_t count = std::min<uint64_t>(super.cache_count, kMaxCaches);
  for (uint64_t number = 0; number < count; ++number) {
    const uint64_t at = super.directory_at + number * sizeof(segment::DirectoryEntry);
    if (at % 8 != 0 || at > image.size() - sizeof(segment::DirectoryEntry)) return;
    const auto& entry = *reinterpret_cast<const segment::DirectoryEntry*>(image.data() + at);
    if (entry.region_at % 8 != 0 || entry.region_at > image.size() - sizeof(cache::RegionHeader)) return;
    auto& shape = reinterpret_cast<cache::RegionHeader*>(image.data() + entry.region_at)->shape;
    shape.check = cache::shape_check(entry, shape);
  }
}

}  // namespace

void read_segment(std::string_view bytes) {
  static const std::string whole = small_image();
  static const test::TempDirectory directory;
  if (bytes.empty()) return;
  std::string image = bytes[0] == 0 ? std::string(bytes.substr(1)) : whole;
  if (bytes[0] != 0) change(image, bytes.substr(1));
  if (bytes[0] == 2) set_checksums(image);
  test::write_image(directory, image);
  const Result<Segment> segment = Segment::attach("test", {.directory = directory.path()});
  if (!segment) return require(!segment.error().message.empty(), "a refusal without a word");
  test::Use use(*segment, bytes.size(), test::Use::Only::everything);
  for (uint32_t i = 0; i < kOperations; ++i) use.step();
}

}  // namespace larder::fuzz
