// purge.cc – kinds to prefixes, prefixes to deletions; see larder/mail/purge.h.
#include "larder/mail/purge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace larder::mail {
namespace {

/// A kind that stands for all prefixes from `first` to `last`.
struct Group {
  std::string_view kind;
  Prefix first;
  Prefix last;
};
constexpr auto kGroups = std::to_array<Group>({
#define LARDER_PREFIX_GROUP(name, first, last) {name, Prefix::first, Prefix::last},
#include "larder/mail/prefix_groups.def"
#undef LARDER_PREFIX_GROUP
});

/// The keys to remove, by what they begin with; empty for an unknown kind.
std::vector<Key> keys_of(std::string_view kind) {
  std::vector<Key> keys;
  for (const PrefixRow& row : prefix_rows()) {
    if (row.purge_kind == kind) keys.emplace_back(row.prefix);
  }
  const auto group = std::find_if(kGroups.begin(), kGroups.end(), [&](const Group& g) { return g.kind == kind; });
  if (group != kGroups.end()) {
    for (auto number = static_cast<uint8_t>(group->first); number <= static_cast<uint8_t>(group->last); ++number) {
      keys.emplace_back(static_cast<Prefix>(number));
    }
  }
  return keys;
}

}  // namespace

std::vector<std::string_view> purge_kinds() {
  std::vector<std::string_view> kinds;
  for (const PrefixRow& row : prefix_rows()) kinds.push_back(row.purge_kind);
  for (const Group& group : kGroups) kinds.push_back(group.kind);
  return kinds;
}

Result<PurgeAnswer> purge(Store& store, std::string_view kind, std::optional<uint32_t> account) {
  const PrefixRow* model = find_prefix(static_cast<uint8_t>(Prefix::bayes_user));
  if (account && kind != model->purge_kind) {
    return base::with_hint(base::fail(Code::invalid_argument, "the kind \"{}\" has no accounts", kind),
                           fmt::format("only {} takes an account", model->purge_kind));
  }
  PurgeAnswer answer;
  if (kind.empty()) {
    answer.status = store.purge(answer.removed);
    return answer;
  }
  std::vector<Key> keys = keys_of(kind);
  if (keys.empty()) {
    return base::with_hint(base::fail(Code::not_found, "no kind of records is called \"{}\"", kind),
                           fmt::format("the kinds are {}", fmt::join(purge_kinds(), ", ")));
  }
  if (account) keys.front().u32(*account);
  for (const Key& key : keys) {
    uint64_t removed = 0;
    answer.status = store.key_delete_prefix(key, removed);
    answer.removed += removed;
    if (answer.status != StoreStatus::ok) break;
  }
  return answer;
}

}  // namespace larder::mail
