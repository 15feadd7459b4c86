// trace_file.cc – see trace_file.h.
#include "trace_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <unordered_map>

namespace larder::bench {
namespace {

constexpr size_t kRecordBytes = 16;

uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::string base_name(const std::string& path) {
  std::string name = path.substr(path.find_last_of('/') + 1);
  for (const char* suffix : {".gz", ".bin"}) {
    if (name.ends_with(suffix)) name.resize(name.size() - std::strlen(suffix));
  }
  return name;
}

void weigh(Trace& trace) {
  trace.unit = std::all_of(trace.bytes.begin(), trace.bytes.end(), [](uint32_t size) { return size <= 1; });
  std::vector<bool> seen(trace.hash.size());
  for (size_t i = 0; i < trace.id.size(); ++i) {
    uint32_t& size = trace.bytes[i];
    size = trace.unit ? kUnitBytes : std::max(1u, size);
    if (seen[trace.id[i]]) continue;
    seen[trace.id[i]] = true;
    trace.distinct_bytes += size;
    trace.distinct_paged += paged_bytes(size);
  }
}

}  // namespace

bool load_trace(const std::string& path, Trace& trace, std::string& error) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) {
    error = fmt::format("{}: cannot open: {}", path, std::strerror(errno));
    return false;
  }
  gzbuffer(file.get(), 1 << 18);
  trace = Trace{};
  trace.name = base_name(path);
  std::unordered_map<uint64_t, uint32_t> ids;
  std::array<std::byte, kRecordBytes * 4096> block;
  int got = 0;
  while (trace.id.size() < kMaxRequests && (got = gzread(file.get(), block.data(), unsigned(block.size()))) > 0) {
    if (size_t(got) % kRecordBytes != 0) {
      error = fmt::format("{}: ends inside a record: the file is cut short, fetch it again", path);
      return false;
    }
    for (size_t at = 0; at < size_t(got) && trace.id.size() < kMaxRequests; at += kRecordBytes) {
      uint64_t key = 0;
      uint32_t size = 0;
      std::memcpy(&key, &block[at], sizeof key);
      std::memcpy(&size, &block[at + 8], sizeof size);
      const auto [it, fresh] = ids.try_emplace(key, uint32_t(ids.size()));
      if (fresh) trace.hash.push_back(mixed(key));
      trace.id.push_back(it->second);
      trace.bytes.push_back(size);
    }
  }
  if (got < 0 || trace.id.empty()) {
    int code = 0;
    error = fmt::format("{}: {}", path, got < 0 ? gzerror(file.get(), &code) : "holds no record");
    return false;
  }
  weigh(trace);
  return true;
}

}  // namespace larder::bench
