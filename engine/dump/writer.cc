// writer.cc – see writer.h.
#include "dump/writer.h"

#include <utility>

#include "base/error.h"

namespace larder::dump {

Writer::Writer(Header header, Sink sink) : header_(std::move(header)), sink_(std::move(sink)) {
  trailer_.records.assign(header_.regions.size(), 0);
}

Status Writer::put(std::string_view bytes) {
  checksum_.add(bytes);
  place_ += bytes.size();
  return sink_(bytes);
}

Status Writer::begin() {
  if (Status put_it = put(preamble()); !put_it) return put_it;
  return put(frame(Mark::header, encode(header_), place_, 0));
}

Status Writer::flush(uint32_t rank) {
  Pile& pile = piles_[rank];
  if (pile.count == 0) return Done{};
  const std::string body = block_start(region_, rank, pile.count) + pile.records;
  pile = {};
  ++trailer_.blocks;
  return put(frame(Mark::block, body, place_, header_.id));
}

Status Writer::flush_all() {
  for (uint32_t rank = 0; rank < kRanks; ++rank)
    if (Status flushed = flush(rank); !flushed) return flushed;
  return Done{};
}

Status Writer::add(uint32_t region, const Record& record) {
  if (region != region_) {
    if (Status flushed = flush_all(); !flushed) return flushed;
    region_ = region;
  }
  const uint64_t bytes = record_bytes(record);
  if (bytes + kBeforeRecords > kMaxBody)
    return base::fail(Code::invalid_argument, "{}: a record of {} bytes is longer than a dump holds",
                      header_.regions[region].name, bytes);
  const uint32_t rank = record.kind == RecordKind::entry ? rank_of(record) : 0;
  Pile& pile = piles_[rank];
  if (pile.records.size() + bytes > kBlockBytes)
    if (Status flushed = flush(rank); !flushed) return flushed;
  append(pile.records, record);
  ++pile.count;
  ++trailer_.records[region];
  return Done{};
}

Status Writer::finish() {
  if (Status flushed = flush_all(); !flushed) return flushed;
  trailer_.checksum = checksum_.value();
  return put(frame(Mark::trailer, encode(trailer_), place_, header_.id));
}

}  // namespace larder::dump
