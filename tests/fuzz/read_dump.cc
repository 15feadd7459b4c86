// A dump: as it is, and, because checksums keep most bytes from getting far, each part by itself.
#include "dump/format.h"
#include "dump/reader.h"
#include "fuzz/targets.h"
#include "larder/options.h"

namespace larder::fuzz {
namespace {

void read_blocks(const dump::Source& source, const dump::Survey& survey) {
  std::vector<uint64_t> met(survey.header.regions.size(), 0);
  for (const dump::BlockPlace& place : survey.blocks) {
    require(place.region < met.size(), "a block of a region that there is not");
    const Status read = dump::read_block(source, survey, place, [&](const dump::Record& record) {
      require(!record.key.empty() && record.key.size() <= kMaxKeyBytes, "a record with an impossible key");
      ++met[place.region];
      return true;
    });
    require(bool(read), "a good block is not read");
  }
  require(met == survey.records, "a dump has other records than the survey counted");
}

void survey(std::string_view file) {
  const dump::MemorySource source(file);
  for (const dump::Damaged damaged : {dump::Damaged::refuse, dump::Damaged::salvage})
    if (const auto found = dump::survey(source, "fuzzed", damaged)) read_blocks(source, *found);
}

}  // namespace

void read_dump(std::string_view bytes) {
  bytes = bytes.substr(0, 64 << 10);
  survey(bytes);
  (void)dump::decode_header(bytes);
  (void)dump::decode_trailer(bytes);
  dump::BlockReader block(bytes);
  for (dump::Record record; block.next(record);)
    require(!record.key.empty() && record.key.size() <= kMaxKeyBytes, "a record with an impossible key");
  // The bytes as the one block of a file that is whole but for its trailer.
  dump::Header header{
      .id = 7, .segment = "fuzzed", .regions = {{dump::RegionKind::cache, "c"}, {dump::RegionKind::store, "s"}}};
  std::string file = dump::preamble();
  file += dump::frame(dump::Mark::header, dump::encode(header), file.size(), 0);
  file += dump::frame(dump::Mark::block, bytes, file.size(), header.id);
  survey(file);
}

}  // namespace larder::fuzz
