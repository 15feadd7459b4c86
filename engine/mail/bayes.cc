// bayes.cc – pairs of counts in one counter; see larder/mail/bayes.h.
#include "larder/mail/bayes.h"

#include <algorithm>

#include "base/hash.h"

namespace larder::mail {
namespace {

constexpr size_t kVerbatimBytes = 16;
constexpr int64_t kHam = int64_t{1} << 32;

struct Pair {
  int64_t ham;
  int64_t spam;
};

int64_t pack(int64_t ham, int64_t spam) { return ham * kHam + spam; }

/// The inverse of pack for halves that fit 32 signed bits; of other values something, too.
Pair unpack(int64_t value) {
  const int64_t spam = static_cast<int32_t>(static_cast<uint32_t>(value));
  return {(value >> 32) + (spam < 0 ? 1 : 0), spam};
}

bool in_range(const Pair& pair) {
  return pair.ham >= 0 && pair.ham <= BayesModel::kMost && pair.spam >= 0 && pair.spam <= BayesModel::kMost;
}

BayesCounts counts_of(const Pair& pair) {
  const auto clamp = [](int64_t n) { return static_cast<uint32_t>(std::clamp<int64_t>(n, 0, BayesModel::kMost)); };
  return {clamp(pair.ham), clamp(pair.spam)};
}

}  // namespace

Key BayesModel::key_of(std::string_view token) const {
  Key key(account_ ? Prefix::bayes_user : Prefix::bayes_global);
  if (account_) key.u32(*account_);
  if (token.size() <= kVerbatimBytes) return key.text(token);
  const XXH128_hash_t hash = XXH3_128bits(token.data(), token.size());
  return key.u64(hash.high64).u64(hash.low64);
}

BayesAnswer BayesModel::add(std::string_view token, int64_t ham, int64_t spam) {
  const auto small = [](int64_t n) { return n >= -int64_t{kMostAtOnce} && n <= int64_t{kMostAtOnce}; };
  if (!small(ham) || !small(spam)) {
    BayesAnswer answer = get(token);
    answer.saturated = true;
    return answer;
  }
  const Key key = key_of(token);
  const int64_t delta = pack(ham, spam);
  const CounterAnswer sum = store_.counter_incr(key, delta);
  if (!sum) return {sum.status, {}, false};
  const Pair after = unpack(sum.value);
  if (in_range(after)) return {StoreStatus::ok, counts_of(after), false};
  const CounterAnswer back = store_.counter_incr(key, -delta);
  return {back.status, counts_of(unpack(back.value)), true};
}

BayesAnswer BayesModel::get(std::string_view token) {
  const CounterAnswer found = store_.counter_get(key_of(token));
  if (found.status == StoreStatus::absent) return {};
  return {found.status, counts_of(unpack(found.value)), false};
}

StoreStatus BayesModel::learn(std::span<const std::string_view> tokens, bool spam, bool forget) {
  const int64_t one = forget ? -1 : 1;
  const auto add_one = [&](std::string_view token) { return add(token, spam ? 0 : one, spam ? one : 0).status; };
  for (const std::string_view token : tokens) {
    if (token.empty()) continue;
    if (const StoreStatus status = add_one(token); status != StoreStatus::ok) return status;
  }
  return add_one({});
}

StoreStatus BayesModel::clear(uint64_t& removed) {
  Key key(account_ ? Prefix::bayes_user : Prefix::bayes_global);
  if (account_) key.u32(*account_);
  return store_.key_delete_prefix(key, removed);
}

}  // namespace larder::mail
