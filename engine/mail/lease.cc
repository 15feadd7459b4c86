// lease.cc – taking, keeping and ending leases; see larder/mail/lease.h.
#include "larder/mail/lease.h"

#include <algorithm>

#include "mail/bytes.h"
#include "mail/each_record.h"
#include "os/process.h"

namespace larder::mail {
namespace {

constexpr uint8_t kFormat = 1;
constexpr uint8_t kEndsWithProcess = 1;

std::string encode(const LeaseOptions& options, uint64_t worker, const OwnerToken& token) {
  std::string value;
  append(value, kFormat, 1);
  append(value, options.ends_with_process ? kEndsWithProcess : 0, 1);
  append(value, worker, 8);
  value.append(token.data(), token.size());
  value.append(options.label, 0, LeaseOptions::kMaxLabelBytes);
  return value;
}

struct Decoded {
  uint64_t worker = 0;
  OwnerToken token{};
  std::string label;
};

std::optional<Decoded> decode(std::string_view value) {
  Reader reader(value);
  Decoded decoded;
  const uint64_t format = reader.integer(1);
  const bool ends_with_process = (reader.integer(1) & kEndsWithProcess) != 0;
  const uint64_t worker = reader.integer(8);
  const std::string_view token = reader.raw(decoded.token.size());
  decoded.label = reader.rest();
  if (!reader.finished() || format != kFormat) return std::nullopt;
  decoded.worker = ends_with_process ? worker : 0;
  std::copy(token.begin(), token.end(), decoded.token.begin());
  return decoded;
}

}  // namespace

std::optional<LeaseInfo> Leases::info_of(std::string_view key, const Record& record) {
  if (record.kind != RecordKind::value) return std::nullopt;
  const auto decoded = decode(record.value);
  if (!decoded) return std::nullopt;
  const bool ended = decoded->worker != 0 && !store_.worker_alive(decoded->worker);
  return LeaseInfo{std::string(key), decoded->label, record.version, record.ttl, decoded->worker, ended};
}

LeaseAnswer Leases::acquire(std::string_view key, const LeaseOptions& options) {
  OwnerToken token;
  os::random_bytes(token.data(), token.size());
  return acquire_as(key, options, token);
}

LeaseAnswer Leases::acquire_as(std::string_view key, const LeaseOptions& options, const OwnerToken& token) {
  LeaseAnswer answer;
  const auto refuse = [&answer](StoreStatus status) {
    answer.status = status;
    return answer;
  };
  if (options.ends_with_process && !store_.knows_workers()) return refuse(StoreStatus::not_supported);
  if (!options.ttl && !options.ends_with_process) return refuse(StoreStatus::invalid_ttl);
  const uint64_t worker = options.ends_with_process ? store_.worker_identity() : 0;
  if (options.ends_with_process && worker == 0) return refuse(StoreStatus::detached);
  const std::string value = encode(options, worker, token);
  for (;;) {
    VersionAnswer stored = store_.add(key, value, options.ttl);
    if (stored.status == StoreStatus::exists) {
      Record present;
      const StoreStatus found = store_.fetch(key, present);
      if (found == StoreStatus::absent) continue;
      if (found != StoreStatus::ok) return refuse(found);
      answer.holder = info_of(key, present);
      if (!answer.holder || !answer.holder->ended) return refuse(StoreStatus::exists);
      answer.holder.reset();
      stored = store_.swap(key, present.version, value, options.ttl);
      if (stored.status == StoreStatus::absent || stored.status == StoreStatus::changed) continue;
    }
    if (stored) answer.lease = {std::string(key), token, stored.version};
    return refuse(stored.status);
  }
}

StoreStatus Leases::renew(const Lease& lease, milliseconds ttl) {
  return store_.touch_version(lease.key, lease.fence, ttl);
}

StoreStatus Leases::release(const Lease& lease) { return store_.remove_version(lease.key, lease.fence); }

StoreStatus Leases::find(std::string_view key, const OwnerToken& token, Lease& out) {
  Record present;
  const StoreStatus found = store_.fetch(key, present);
  if (found != StoreStatus::ok) return found;
  const auto decoded = present.kind == RecordKind::value ? decode(present.value) : std::nullopt;
  if (!decoded || decoded->token != token) return StoreStatus::changed;
  out = {std::string(key), token, present.version};
  return StoreStatus::ok;
}

StoreStatus Leases::holder(std::string_view key, LeaseInfo& out) {
  Record present;
  const StoreStatus found = store_.fetch(key, present);
  if (found != StoreStatus::ok) return found;
  const auto info = info_of(key, present);
  out = info ? *info : LeaseInfo{std::string(key), {}, present.version, present.ttl, 0, false};
  return StoreStatus::ok;
}

StoreStatus Leases::list(std::string_view prefix, std::vector<LeaseInfo>& out) {
  out.clear();
  return each_record(store_, prefix, [&](const ScanItem& item) {
    if (auto info = info_of(item.key, item.record)) out.push_back(std::move(*info));
  });
}

StoreStatus Leases::try_lock(const Key& key, milliseconds duration) {
  return acquire_as(key, {.ttl = duration}, OwnerToken{}).status;
}

}  // namespace larder::mail
