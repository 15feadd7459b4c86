#include "golden/packed.h"

#include <fmt/format.h>
#include <zlib.h>

#include <memory>
#include <stdexcept>

namespace larder::test {
namespace {

struct Closer {
  void operator()(gzFile_s* file) const { gzclose(file); }
};
using File = std::unique_ptr<gzFile_s, Closer>;

std::string path_of(uint32_t layout) { return fmt::format("{}/layout-{}.gz", GOLDEN_SEGMENTS, layout); }

File opened(uint32_t layout, const char* mode) {
  File file(gzopen(path_of(layout).c_str(), mode));
  if (!file) throw std::runtime_error("cannot open " + path_of(layout));
  return file;
}

}  // namespace

std::string golden_segment(uint32_t layout) {
  const File file = opened(layout, "rb");
  std::string segment;
  char part[65536];
  int got = 0;
  while ((got = gzread(file.get(), part, sizeof part)) > 0) segment.append(part, static_cast<size_t>(got));
  if (got < 0 || segment.empty()) throw std::runtime_error("cannot unpack " + path_of(layout));
  return segment;
}

void keep_golden(uint32_t layout, const std::string& segment) {
  const File file = opened(layout, "wb9");
  if (gzwrite(file.get(), segment.data(), static_cast<unsigned>(segment.size())) != static_cast<int>(segment.size()))
    throw std::runtime_error("cannot write " + path_of(layout));
}

}  // namespace larder::test
