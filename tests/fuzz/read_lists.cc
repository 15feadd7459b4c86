// Static lists: the first byte says how the rest is read.
#include "backend/static_file.h"
#include "backend/static_list.h"
#include "backend/static_toml.h"
#include "fuzz/targets.h"

namespace larder::fuzz {
namespace {

void build(const Result<std::vector<backend::StaticItem>>& items, bool patterns) {
  if (!items) return;
  const auto list = backend::StaticList::build(*items, {.bytes = 1 << 20, .entries = 1000}, "fuzzed", patterns);
  if (!list) return;
  for (const backend::StaticItem& item : *items)
    if (!patterns) require(list->find(item.key) != nullptr, "a list does not find its key");
}

}  // namespace

void read_lists(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto form = static_cast<uint8_t>(bytes.front());
  const std::string text(bytes.substr(1, 16 << 10));
  if (form % 4 == 0) return build(backend::parse_toml_items(text, "list", "fuzzed"), (form & 4) != 0);
  backend::FileFormat format;
  format.kind = form % 4 == 1 ? backend::FileFormat::Kind::list : backend::FileFormat::Kind::csv;
  format.patterns = (form & 4) != 0;
  format.skip_first = (form & 8) != 0;
  format.separator = (form & 16) != 0 ? ';' : ',';
  format.key_column = form >> 5 & 1;
  if ((form & 64) != 0) format.value_column = 2;
  build(backend::parse_items(text, format, "fuzzed"), format.patterns);
}

}  // namespace larder::fuzz
