// prefixes.cc – names of prefixes and back; see prefixes.h.
#include "config/prefixes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "config/fields.h"
#include "config/problems.h"
#include "config/units.h"
#include "larder/mail/prefixes.h"

namespace larder::config {
namespace {

using mail::Prefix;

/// A name and the prefixes it stands for.
struct Named {
  std::string_view name;
  uint8_t first;
  uint8_t last;
  bool kind;  ///< the name that format_prefixes() uses
  bool droppable;
};

enum Pressure : bool { keep = false, drop = true };

constexpr auto kNames = std::to_array<Named>({
#define LARDER_PREFIX(number, id, name, key, value, life, ms, persistent, pressure, on_error, purge_kind) \
  {purge_kind, number, number, true, pressure}, {name, number, number, false, pressure},
#include "larder/mail/prefixes.def"
#undef LARDER_PREFIX
#define LARDER_PREFIX_GROUP(name, first, last) \
  {name, static_cast<uint8_t>(Prefix::first), static_cast<uint8_t>(Prefix::last), false, drop},
#include "larder/mail/prefix_groups.def"
#undef LARDER_PREFIX_GROUP
});

/// How names are compared.
std::string plain(std::string_view name) {
  std::string result = lower(name);
  std::replace(result.begin(), result.end(), '_', '-');
  return result;
}

const Named* kind_of(uint8_t prefix) {
  const auto found =
      std::find_if(kNames.begin(), kNames.end(), [&](const Named& n) { return n.kind && n.first == prefix; });
  return found == kNames.end() ? nullptr : &*found;
}

std::string shown(uint8_t prefix) {
  const Named* kind = kind_of(prefix);
  return kind == nullptr ? std::to_string(prefix) : fmt::format("{} ({})", prefix, kind->name);
}

Error unknown(const std::string& name) {
  std::vector<std::string_view> known;
  known.reserve(std::size(kNames));
  for (const Named& named : kNames) known.push_back(named.name);
  const std::string meant = closest(name, known);
  std::string hint = meant.empty() ? "docs/prefixes.md lists them; a number from 0 to 255 will do too"
                                   : fmt::format("did you mean \"{}\"?", meant);
  return {Code::invalid_argument, fmt::format("no prefix is called \"{}\"", name), std::move(hint)};
}

Result<std::vector<uint8_t>> element(const toml::value& value) {
  if (value.is_integer()) {
    const int64_t number = value.as_integer();
    if (number >= 0 && number <= 255) return std::vector<uint8_t>{static_cast<uint8_t>(number)};
    return Error{Code::invalid_argument, fmt::format("{} is not a prefix", number),
                 "a prefix is the first byte of a key, 0 to 255"};
  }
  if (!value.is_string()) {
    return Error{Code::invalid_argument, fmt::format("{} is not a prefix", type_of(value)),
                 "write numbers or names, as in [\"greylist\", 16]"};
  }
  const std::string& name = value.as_string().str;
  if (auto prefixes = find_prefixes(name)) return *prefixes;
  return unknown(name);
}

std::vector<uint8_t> all() {
  std::vector<uint8_t> list(256);
  for (size_t i = 0; i < list.size(); ++i) list[i] = static_cast<uint8_t>(i);
  return list;
}

}  // namespace

std::optional<std::vector<uint8_t>> find_prefixes(std::string_view name) {
  const std::string wanted = plain(name);
  const auto found =
      std::find_if(kNames.begin(), kNames.end(), [&](const Named& named) { return plain(named.name) == wanted; });
  if (found == kNames.end()) return std::nullopt;
  std::vector<uint8_t> list;
  for (uint32_t prefix = found->first; prefix <= found->last; ++prefix) list.push_back(static_cast<uint8_t>(prefix));
  return list;
}

Result<std::vector<uint8_t>> parse_prefixes(const toml::value& value) {
  if (value.is_boolean()) return value.as_boolean() ? all() : std::vector<uint8_t>();
  if (!value.is_array()) {
    return Error{Code::invalid_argument, fmt::format("{} is not a list of prefixes", type_of(value)),
                 "write numbers or names, as in [\"greylist\", 16]"};
  }
  std::vector<uint8_t> list;
  for (const toml::value& one : value.as_array()) {
    const auto prefixes = element(one);
    if (!prefixes) return prefixes.error();
    list.insert(list.end(), prefixes->begin(), prefixes->end());
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

std::string format_prefixes(const std::vector<uint8_t>& list) {
  if (list.size() == 256) return "true";
  std::vector<std::string> parts;
  for (const uint8_t prefix : list) {
    const Named* kind = kind_of(prefix);
    parts.push_back(kind == nullptr ? std::to_string(prefix) : fmt::format("\"{}\"", kind->name));
  }
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::optional<Error> refuse_droppable(const std::vector<uint8_t>& list) {
  const auto kept = std::find_if(list.begin(), list.end(), [](uint8_t prefix) {
    const Named* kind = kind_of(prefix);
    return kind != nullptr && !kind->droppable;
  });
  if (kept == list.end()) return std::nullopt;
  std::vector<std::string_view> may;
  for (const Named& named : kNames) {
    if (named.kind && named.droppable) may.push_back(named.name);
  }
  return Error{Code::invalid_argument,
               fmt::format("{} must not be dropped: mail servers rely on such records staying", shown(*kept)),
               fmt::format("what may go are {}, and keys of your own", fmt::join(may, ", "))};
}

}  // namespace larder::config
