// writer.h – writes a dump, record by record, to whatever takes bytes.
//
// What it is    gathers the records of a region in one block for each rank, so that whoever loads the dump may take the
//               blocks in the order that suits a cache (format.h, rank_of) without sorting records.
// Invariants    D1, and: the regions come in the order of the header; blocks of a region follow each other.
// Concurrency   one thread.
// Crash         without finish() the file has no trailer and is known as truncated.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "dump/format.h"
#include "larder/result.h"

namespace larder::dump {

/// Takes the bytes of the file, in order.
using Sink = std::function<Status(std::string_view bytes)>;

class Writer {
 public:
  Writer(Header header, Sink sink);

  /// Writes the preamble and the header. To be called first.
  Status begin();
  /// Adds a record of the region of that number in the header, which is that of the record before or a later one.
  Status add(uint32_t region, const Record& record);
  /// Writes what is gathered, and the trailer.
  Status finish();

  const Trailer& totals() const { return trailer_; }
  /// Bytes of the file so far.
  uint64_t bytes() const { return place_; }

 private:
  struct Pile {
    std::string records;
    uint32_t count = 0;
  };
  Status put(std::string_view bytes);
  Status flush(uint32_t rank);
  Status flush_all();

  Header header_;
  Sink sink_;
  std::array<Pile, kRanks> piles_;
  uint32_t region_ = 0;
  uint64_t place_ = 0;
  Trailer trailer_;
  Checksum checksum_;
};

}  // namespace larder::dump
