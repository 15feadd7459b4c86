// The store's part of use.h.
#include "damage/use.h"

namespace larder::test {

const char* Use::use_store(Store& store) {
  const std::string key = pick_key();
  Record record;
  switch (random_.below(12)) {
    case 0: (void)store.key_get(key, buffer_); return "key_get";
    case 1:
      if (store.fetch(key, record) == StoreStatus::ok) version_ = record.version;
      return "fetch";
    case 2: (void)store.key_exists(key); return "key_exists";
    case 3: (void)store.ttl(key); return "ttl";
    case 4: (void)store.persist(key); return "persist";
    case 5: (void)store.touch(key, milliseconds(1 + random_.below(100'000))); return "touch (store)";
    case 6: return sweep_store(store);
    case 7:
    case 8: return count(store, key);
    default: return change_value(store, key);
  }
}

const char* Use::change_value(Store& store, const std::string& key) {
  const size_t most = store.max_value(key.size());
  const std::string value(random_.below(20) == 0 ? random_.below(most + 1) : random_.below(100), 's');
  const auto append = [](const Record* present) {
    return Change{Change::store, (present != nullptr ? present->value.substr(0, 40) : "") + "+", {}};
  };
  switch (random_.below(9)) {
    case 0: (void)store.add(key, value, pick_ttl()); return "add (store)";
    case 1: (void)store.key_delete(key); return "key_delete";
    case 2: (void)store.take(key, buffer_); return "take";
    case 3: (void)store.swap(key, random_.below(2) * version_, value, pick_ttl()); return "swap";
    case 4: (void)store.remove_version(key, version_); return "remove_version";
    case 5: (void)store.touch_version(key, version_, pick_ttl()); return "touch_version";
    case 6: (void)store.update(key, append); return "update";
    default: (void)store.key_set(key, value, pick_ttl()); return "key_set";
  }
}

const char* Use::count(Store& store, const std::string& key) {
  switch (random_.below(4)) {
    case 0: (void)store.counter_get(key); return "counter_get";
    case 1: (void)store.counter_delete(key); return "counter_delete";
    default: (void)store.counter_incr(key, 1 - int64_t(random_.below(3)), pick_ttl()); return "counter_incr";
  }
}

const char* Use::sweep_store(Store& store) {
  uint64_t removed = 0, cursor = random_.below(2) * random_.next();
  switch (random_.below(20)) {
    case 0: (void)store.purge(removed); return "purge";
    case 1: (void)store.key_delete_prefix("key-00", removed); return "key_delete_prefix";
    case 2:
      if (random_.below(5) == 0) (void)store.clear(removed);
      return "clear (store)";
    case 3: (void)store.full_text(); return "full_text";
    default:
      for (int call = 0; call < 100; ++call) {
        const ScanPage page = store.scan("d", cursor, 50);
        if (page.cursor == 0) break;
        cursor = page.cursor;
      }
      return "scan";
  }
}

}  // namespace larder::test
