// trace.cc – reads and surveys trace files.
#include "replay/trace.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_set>
#include <vector>

namespace larder::tools {

namespace {

constexpr unsigned kBuffer = 256 << 10;
constexpr size_t kBlock = 16384;

void count_key(TraceSurvey& found, uint32_t size) {
  found.key_bytes += size;
  if (size > kLargestChosenPage) return;
  ++found.fitting;
  found.fitting_bytes += size;
  found.fitting_squares += double(size) * size;
}

}  // namespace

void TraceReader::Close::operator()(void* file) const { gzclose(static_cast<gzFile>(file)); }

Result<TraceReader> TraceReader::open(const std::string& path) {
  errno = 0;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    const int cause = errno != 0 ? errno : ENOMEM;
    return Error{cause == EACCES ? Code::permission : Code::not_found,
                 fmt::format("{}: cannot open the trace: {}", path, std::strerror(cause)), "check the path"};
  }
  gzbuffer(file, kBuffer);
  return TraceReader(path, file);
}

Result<size_t> TraceReader::read(std::span<TraceRecord> block) {
  auto* file = static_cast<gzFile>(file_.get());
  const auto wanted = static_cast<unsigned>(std::min<size_t>(block.size_bytes(), 1u << 30));
  const int got = gzread(file, block.data(), wanted);
  int failure = Z_OK;
  const char* text = gzerror(file, &failure);
  if (got < 0 || (failure != Z_OK && failure != Z_STREAM_END)) {
    return Error{Code::corrupt,
                 fmt::format("{}: cannot read the trace: {}", path_, failure == Z_ERRNO ? std::strerror(errno) : text),
                 "is the file complete? test it with: gzip -t FILE"};
  }
  if (got % sizeof(TraceRecord) != 0) {
    return Error{Code::corrupt, fmt::format("{}: ends in the middle of a record", path_),
                 "a trace is records of 16 bytes: u64 key, u32 size, u32 ttl, little endian"};
  }
  return static_cast<size_t>(got) / sizeof(TraceRecord);
}

Result<TraceSurvey> survey(const std::string& path, uint64_t limit) {
  auto reader = TraceReader::open(path);
  if (!reader) return reader.error();
  std::vector<TraceRecord> block(kBlock);
  std::unordered_set<uint64_t> seen;
  TraceSurvey found;
  uint32_t largest = 0;
  while (limit == 0 || found.requests < limit) {
    auto got = reader->read(block);
    if (!got) return got.error();
    if (*got == 0) break;
    for (size_t i = 0; i < *got && (limit == 0 || found.requests < limit); ++i) {
      ++found.requests;
      largest = std::max(largest, block[i].size);
      if (seen.insert(block[i].key).second) count_key(found, std::max(1u, block[i].size));
    }
  }
  if (found.requests == 0)
    return Error{Code::corrupt, fmt::format("{}: the trace is empty", path), "record some requests"};
  found.keys = seen.size();
  found.unit_size = largest <= 1;
  return found;
}

}  // namespace larder::tools
