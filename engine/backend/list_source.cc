// list_source.cc – see list_source.h.
#include "backend/list_source.h"

#include <algorithm>

#include "backend/static_file.h"
#include "backend/static_toml.h"
#include "base/error.h"

namespace larder::backend {
namespace {

StaticLimits limits_of(const config::ListSettings& settings) {
  return {settings.max_bytes, settings.max_entries, settings.max_entry_bytes};
}

FileFormat format_of(const config::ListSettings& settings) {
  FileFormat format;
  format.kind = settings.format == config::ListSettings::Format::csv ? FileFormat::Kind::csv : FileFormat::Kind::list;
  format.separator = settings.separator;
  format.key_column = settings.key_column;
  if (settings.value_column) format.value_column = *settings.value_column;
  format.skip_first = settings.skip_first;
  format.patterns = settings.patterns;
  return format;
}

}  // namespace

ListSource::ListSource(const config::Config& config, config::ListSettings settings)
    : settings_(std::move(settings)), file_(settings_.file) {
  if (!file_.empty()) return;
  const auto origin = config.origins.find("store." + settings_.name);
  if (origin != config.origins.end()) file_ = origin->second.file;
}

Result<StaticList> ListSource::build(const std::vector<config::ListEntry>& entries) const {
  std::vector<StaticItem> items;
  items.reserve(entries.size());
  for (const config::ListEntry& entry : entries) items.push_back({entry.key, entry.value, entry.line});
  return StaticList::build(items, limits_of(settings_), file_, settings_.patterns);
}

Result<StaticList> ListSource::first() const { return settings_.file.empty() ? build(settings_.entries) : (*this)(); }

Result<StaticList> ListSource::operator()() const {
  if (!settings_.file.empty()) {
    if (settings_.format != config::ListSettings::Format::toml)
      return load_list(settings_.file, format_of(settings_), limits_of(settings_));
    return load_toml_list(settings_.file, settings_.name, limits_of(settings_), settings_.patterns);
  }
  const auto config = config::load(file_);
  if (!config) return config.error();
  const auto found = std::find_if(config->lists.begin(), config->lists.end(), [&](const config::ListSettings& list) {
    return list.name == settings_.name && list.file.empty();
  });
  if (found != config->lists.end()) return build(found->entries);
  return base::with_hint(
      base::fail(Code::not_found, "{}: it has no entries of the list {} any more", file_, settings_.name),
      "processes that start anew do without it");
}

}  // namespace larder::backend
