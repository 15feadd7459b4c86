// page_records.cc – see page_records.h.
#include "persist/page_records.h"

#include <algorithm>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace larder::persist {

namespace {

constexpr uint8_t kInterior = 2, kLeaf = 10;  // of tables without row numbers, which are indexes to SQLite
constexpr size_t kLargestInside = (kDiskPage - 12) * 64 / 255 - 23;
constexpr size_t kSmallestInside = (kDiskPage - 12) * 32 / 255 - 23;
constexpr size_t kLargestPayload = kMaxKeyBytes + kMaxPageBytes + 64;

using Bytes = std::span<const uint8_t>;
using Value = std::variant<int64_t, std::string>;

size_t half(const uint8_t* at) { return size_t{at[0]} << 8 | at[1]; }
uint32_t word(const uint8_t* at) { return static_cast<uint32_t>(half(at) << 16 | half(at + 2)); }

/// Takes a varint from the front.
std::optional<uint64_t> take_varint(Bytes& bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < 9 && i < bytes.size(); ++i) {
    const uint8_t byte = bytes[i];
    value = i == 8 ? value << 8 | byte : value << 7 | (byte & 0x7f);
    if (i < 8 && (byte & 0x80) != 0) continue;
    bytes = bytes.subspan(i + 1);
    return value;
  }
  return std::nullopt;
}

std::optional<Bytes> take(Bytes& bytes, uint64_t size) {
  if (size > bytes.size()) return std::nullopt;
  const Bytes taken = bytes.first(size);
  bytes = bytes.subspan(size);
  return taken;
}

/// Bytes of an integer of this serial type; nothing for what is no integer.
std::optional<size_t> integer_size(uint64_t type) {
  constexpr size_t kSizes[] = {0, 1, 2, 3, 4, 6, 8};
  if (type >= 1 && type <= 6) return kSizes[type];
  return type == 8 || type == 9 ? std::optional<size_t>(0) : std::nullopt;
}

std::optional<Value> take_value(Bytes& body, uint64_t type) {
  if (const auto size = integer_size(type)) {
    if (*size == 0) return static_cast<int64_t>(type - 8);
    const auto bytes = take(body, *size);
    if (!bytes) return std::nullopt;
    auto value = static_cast<uint64_t>(int64_t{static_cast<int8_t>((*bytes)[0])});
    for (const uint8_t byte : bytes->subspan(1)) value = value << 8 | byte;
    return static_cast<int64_t>(value);
  }
  if (type < 12) return std::nullopt;
  const auto bytes = take(body, (type - 12) / 2);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

std::optional<std::vector<Value>> values_of(Bytes record) {
  Bytes head = record;
  const auto head_size = take_varint(head);
  if (!head_size || *head_size > record.size() || *head_size < record.size() - head.size()) return std::nullopt;
  Bytes body = record.subspan(*head_size);
  head = head.first(*head_size - (record.size() - head.size()));
  std::vector<Value> values;
  while (!head.empty()) {
    const auto type = take_varint(head);
    auto value = type ? take_value(body, *type) : std::nullopt;
    if (!value || values.size() > 8) return std::nullopt;
    values.push_back(std::move(*value));
  }
  return values;
}

/// The payload of the cell at the front of `cell`, with what overflows into other pages.
std::optional<std::vector<uint8_t>> payload_of(const FilePages& pages, Bytes cell) {
  const auto size = take_varint(cell);
  if (!size || *size > kLargestPayload) return std::nullopt;
  size_t inside = *size;
  if (*size > kLargestInside) {
    inside = kSmallestInside + (*size - kSmallestInside) % (kDiskPage - 4);
    if (inside > kLargestInside) inside = kSmallestInside;
  }
  const auto here = take(cell, inside);
  if (!here) return std::nullopt;
  std::vector<uint8_t> payload(here->begin(), here->end());
  if (payload.size() == *size) return payload;
  if (cell.size() < 4) return std::nullopt;
  for (uint32_t next = word(cell.data()); payload.size() < *size;) {
    const auto page = pages.read(next);
    if (!page) return std::nullopt;
    const size_t more = std::min(*size - payload.size(), kDiskPage - 4);
    payload.insert(payload.end(), page->begin() + 4, page->begin() + 4 + static_cast<ptrdiff_t>(more));
    next = word(page->data());
  }
  return payload;
}

std::optional<Row> row_of(std::vector<Value>& values) {
  auto* key = std::get_if<std::string>(&values[0]);
  const auto* kind = std::get_if<int64_t>(&values[1]);
  const auto* number = std::get_if<int64_t>(&values[2]);
  const auto* expiry = std::get_if<int64_t>(&values[3]);
  auto* value = std::get_if<std::string>(&values[4]);
  const auto* sum = std::get_if<int64_t>(&values[5]);
  if (!key || !kind || !number || !expiry || !value || !sum || (*kind != 0 && *kind != 1)) return std::nullopt;
  Row row{std::move(*key), static_cast<RecordKind>(*kind), *number, static_cast<uint64_t>(*expiry), std::move(*value)};
  if (!is_sound(row) || checksum_of(row) != static_cast<uint64_t>(*sum)) return std::nullopt;
  return row;
}

std::optional<About> about_of(const std::vector<Value>& values) {
  const auto* name = std::get_if<std::string>(&values[0]);
  const auto* value = std::get_if<std::string>(&values[1]);
  const auto* sum = std::get_if<int64_t>(&values[2]);
  if (!name || !value || !sum) return std::nullopt;
  About about{*name, *value};
  if (checksum_of(about) != static_cast<uint64_t>(*sum)) return std::nullopt;
  return about;
}

bool deliver(const FilePages& pages, Bytes cell, const Finds& finds) {
  const auto payload = payload_of(pages, cell);
  auto values = payload ? values_of(*payload) : std::nullopt;
  if (!values) return false;
  if (values->size() == 6) {
    if (auto row = row_of(*values)) return finds.row(std::move(*row)), true;
  } else if (values->size() == 3) {
    if (auto about = about_of(*values)) return finds.about(std::move(*about)), true;
  }
  return false;
}

}  // namespace

uint64_t read_records(const FilePages& pages, const DiskPage& page, const Finds& finds) {
  const uint8_t* head = page.data();
  if (head[0] != kInterior && head[0] != kLeaf) return 0;
  const size_t pointers = head[0] == kInterior ? 12 : 8, left_child = head[0] == kInterior ? 4 : 0;
  const size_t cells = half(head + 3), content = half(head + 5);
  uint64_t lost = 0;
  for (size_t i = 0; i < cells && pointers + 2 * i + 2 <= kDiskPage; ++i) {
    const size_t at = half(head + pointers + 2 * i) + left_child;
    const bool inside = at >= content + left_child && at < kDiskPage;
    if (!inside || !deliver(pages, Bytes(page).subspan(at), finds)) ++lost;
  }
  return lost;
}

}  // namespace larder::persist
