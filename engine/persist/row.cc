// row.cc – see row.h.
#include "persist/row.h"

#include <cstring>

#include "base/hash.h"

namespace larder::persist {

uint64_t checksum_of(const Row& row) {
  const uint64_t head[] = {row.key.size(), static_cast<uint64_t>(row.kind), static_cast<uint64_t>(row.number),
                           row.expiry};
  std::string bytes(sizeof head, 0);
  std::memcpy(bytes.data(), head, sizeof head);
  bytes += row.key;
  bytes += row.value;
  return base::checksum(bytes.data(), bytes.size());
}

bool is_sound(const Row& row) {
  if (row.key.empty() || row.key.size() > kMaxKeyBytes) return false;
  if (row.kind == RecordKind::counter) return row.value.empty();
  return row.kind == RecordKind::value && row.number == 0 && row.value.size() <= kMaxPageBytes;
}

}  // namespace larder::persist
