// prefixes.cc – the table, the check of users' keys, and texts in keys; see larder/mail/prefixes.h.
#include "larder/mail/prefixes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "mail/text.h"

namespace larder::mail {
namespace {

constexpr auto kRows = std::to_array<PrefixRow>({
#define LARDER_PREFIX(number, id, name, key, value, life, ms, persistence, pressure, on_error, kind)                \
  {Prefix::id,        name, key, value, Life::life, milliseconds(ms), Persistence::persistence, Pressure::pressure, \
   OnError::on_error, kind},
#include "larder/mail/prefixes.def"
#undef LARDER_PREFIX
});
static_assert(std::is_sorted(kRows.begin(), kRows.end(),
                             [](const PrefixRow& a, const PrefixRow& b) { return a.prefix < b.prefix; }));
static_assert(kRows.back().number() < kFirstUserByte);

constexpr size_t kHashBytes = sizeof(XXH128_canonical_t);
// The longest layout: two texts, a byte between them, and a window.
static_assert(1 + 2 * Key::kMaxTextBytes + 1 + 8 <= kMaxKeyBytes);

}  // namespace

std::span<const PrefixRow> prefix_rows() { return kRows; }

const PrefixRow* find_prefix(uint8_t number) {
  const auto found = std::find_if(kRows.begin(), kRows.end(), [&](const PrefixRow& r) { return r.number() == number; });
  return found == kRows.end() ? nullptr : &*found;
}

const PrefixRow* find_prefix(std::string_view name) {
  const auto found = std::find_if(kRows.begin(), kRows.end(), [&](const PrefixRow& r) { return r.name == name; });
  return found == kRows.end() ? nullptr : &*found;
}

Status check_user_key(std::string_view key) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return base::with_hint(base::fail(Code::invalid_argument, "a key of {} bytes", key.size()),
                           fmt::format("keys are 1 to {} bytes", kMaxKeyBytes));
  }
  const auto first = static_cast<uint8_t>(key.front());
  if (first >= kFirstUserByte) return Done{};
  const PrefixRow* row = find_prefix(first);
  const std::string whose = row == nullptr ? "for later" : fmt::format("for {} records", row->name);
  return base::with_hint(
      base::fail(Code::invalid_argument, "the key begins with the control byte {}, which is reserved {}", first, whose),
      "begin keys with a letter, a digit or a sign");
}

Key& Key::text(std::string_view value) {
  const bool whole = value.size() <= kMaxTextBytes;
  const size_t head = whole ? value.size() : kMaxTextBytes - kHashBytes;
  std::memcpy(bytes_.data() + size_, value.data(), head);
  size_ += head;
  if (whole) return *this;
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(value.data(), value.size()));
  std::memcpy(bytes_.data() + size_, hash.digest, kHashBytes);
  size_ += kHashBytes;
  return *this;
}

Key& Key::lower_text(std::string_view value) {
  if (value.size() > kMaxTextBytes) return text(lower(value));
  for (const char c : value) bytes_[size_++] = lower(c);
  return *this;
}

}  // namespace larder::mail
