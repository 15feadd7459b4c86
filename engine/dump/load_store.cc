// load_store.cc – records of a dump back into a store.
//
// Crash         each record is stored or not, as by any operation of a store.
#include "base/error.h"
#include "dump/load.h"
#include "store/call.h"
#include "store/shared_store.h"

namespace larder::dump {

namespace {

class StoreLoader final : public Loader {
 public:
  StoreLoader(std::unique_ptr<Store> store, const Segment& segment) : store_(std::move(store)), segment_(segment) {}

  bool holds_anything() const override {
    uint64_t cursor = 0;
    do {
      const ScanPage page = store_->scan({}, cursor, 1);
      if (!page.items.empty()) return true;
      cursor = page.cursor;
    } while (cursor != 0);
    return false;
  }

  Status put(const Record& record, int64_t now, const LoadOptions& options, Loaded& counts) override {
    Store::Ttl ttl;
    if (record.expires) ttl = milliseconds(*record.expires - now);
    const bool keep = options.present != Present::overwrite;
    if (options.dry_run) return count(would(record, ttl, keep), counts);
    if (record.kind == RecordKind::counter) return count(put_counter(record, ttl, keep), counts);
    return count(keep ? store_->add(record.key, record.value, ttl).status
                      : store_->key_set(record.key, record.value, ttl).status,
                 counts);
  }

  std::string full_text() override { return store_->full_text(); }

 private:
  StoreStatus would(const Record& record, const Store::Ttl& ttl, bool keep) const {
    if (ttl && *ttl > kMaxTtl) return StoreStatus::invalid_ttl;
    if (record.value.size() > store_->max_value(record.key.size())) return StoreStatus::too_large;
    const StoreStatus there = keep ? store_->key_exists(record.key) : StoreStatus::absent;
    return there == StoreStatus::ok ? StoreStatus::exists : StoreStatus::ok;
  }

  /// A counter with its value, in one step: adding to what others made meanwhile would be another value.
  StoreStatus put_counter(const Record& record, const Store::Ttl& ttl, bool keep) const {
    store::Call call(static_cast<const store::SharedStore&>(*store_).region(), record.key, store::Access::write);
    if (!call) return call.status();
    store::Draft draft{store::Kind::counter, {}, static_cast<uint64_t>(record.number), 0};
    if (!call.expiry_for(ttl, draft.expiry)) return StoreStatus::invalid_ttl;
    switch (call->create(draft, keep, nullptr)) {
      case store::Step::done: call.count(Counter::increments); return StoreStatus::ok;
      case store::Step::refused: return StoreStatus::exists;
      default: call.count(Counter::no_room); return StoreStatus::full;
    }
  }

  Status count(StoreStatus status, Loaded& counts) const {
    switch (status) {
      case StoreStatus::ok: ++counts.loaded; break;
      case StoreStatus::exists: ++counts.kept; break;
      case StoreStatus::too_large: ++counts.too_large; break;
      case StoreStatus::full: ++counts.no_room; break;
      case StoreStatus::retired:
        return base::with_hint(base::fail(Code::retired, "{}: the segment was retired meanwhile", segment_.name()),
                               "load again, into its successor");
      case StoreStatus::detached: return base::fail(Code::no_slot, "{}: {}", segment_.name(), segment_.last_error());
      case StoreStatus::read_only: return base::fail(Code::read_only, "{}: attached read-only", segment_.name());
      default: ++counts.invalid;
    }
    return Done{};
  }

  std::unique_ptr<Store> store_;
  const Segment& segment_;
};

}  // namespace

Result<std::unique_ptr<Loader>> store_loader(const Segment& segment, const std::string& name) {
  Result<std::unique_ptr<Store>> store = segment.store(name);
  if (!store) return store.error();
  return std::unique_ptr<Loader>(std::make_unique<StoreLoader>(std::move(*store), segment));
}

}  // namespace larder::dump
