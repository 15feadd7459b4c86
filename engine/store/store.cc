// store.cc – what all backends share: the words for answers, and update() on top of fetch and the conditional writes.
#include "larder/store.h"

namespace larder {
namespace {

/// Answers of a conditional write that say that somebody else was faster.
bool interfered(StoreStatus status) { return status == StoreStatus::changed || status == StoreStatus::absent; }

/// Writes what the updater wants in place of version `version` (0: of nothing).
VersionAnswer apply(Store& store, std::string_view key, uint64_t version, const Change& change) {
  switch (change.what) {
    case Change::keep: return {StoreStatus::ok, version};
    case Change::store: return store.swap(key, version, change.value, change.ttl);
    case Change::remove: break;
  }
  if (version == 0) return {StoreStatus::ok, 0};
  return {store.remove_version(key, version), 0};
}

}  // namespace

const char* to_string(StoreStatus status) {
  switch (status) {
    case StoreStatus::ok: return "ok";
    case StoreStatus::absent: return "absent";
    case StoreStatus::exists: return "exists";
    case StoreStatus::changed: return "changed";
    case StoreStatus::wrong_type: return "wrong_type";
    case StoreStatus::overflow: return "overflow";
    case StoreStatus::full: return "full";
    case StoreStatus::too_large: return "too_large";
    case StoreStatus::invalid_key: return "invalid_key";
    case StoreStatus::invalid_ttl: return "invalid_ttl";
    case StoreStatus::not_supported: return "not_supported";
    case StoreStatus::read_only: return "read_only";
    case StoreStatus::retired: return "retired";
    case StoreStatus::detached: return "detached";
    case StoreStatus::unavailable: return "unavailable";
  }
  return "unknown";
}

const char* to_string(RecordKind kind) { return kind == RecordKind::value ? "value" : "counter"; }

VersionAnswer Store::update(std::string_view key, const Updater& updater) {
  for (;;) {
    Record present;
    const StoreStatus found = fetch(key, present);
    if (found != StoreStatus::ok && found != StoreStatus::absent) return {found, 0};
    const bool there = found == StoreStatus::ok;
    if (there && present.kind == RecordKind::counter) return {StoreStatus::wrong_type, 0};
    const Change change = updater(there ? &present : nullptr);
    const VersionAnswer done = apply(*this, key, there ? present.version : 0, change);
    if (!interfered(done.status)) return done;
  }
}

}  // namespace larder
