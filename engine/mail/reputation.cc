// reputation.cc – see larder/mail/reputation.h.
#include "larder/mail/reputation.h"

#include <bit>
#include <cmath>
#include <limits>

#include "mail/bytes.h"

namespace larder::mail {
namespace {

struct Sum {
  uint32_t count = 0;
  double score = 0;
};

std::string encode(const Sum& sum) {
  std::string value;
  append(value, sum.count, 4);
  append(value, std::bit_cast<uint64_t>(sum.score), 8);
  return value;
}

/// Nothing if there is no record, or one of another form.
std::optional<Sum> decode(const Record* record) {
  if (record == nullptr) return std::nullopt;
  Reader reader(record->value);
  const auto count = static_cast<uint32_t>(reader.integer(4));
  const auto score = std::bit_cast<double>(reader.integer(8));
  if (!reader.finished() || count == 0 || !std::isfinite(score)) return std::nullopt;
  return Sum{count, score};
}

Sum with_message(const std::optional<Sum>& old, double score, double token) {
  if (!old) return {1, score};
  const double count = old->count;
  const bool most = old->count == std::numeric_limits<uint32_t>::max();
  return {most ? old->count : old->count + 1, (count + 1) * (score + token * old->score) / (token * count + 1)};
}

}  // namespace

double Reputation::visit(const Key& key, double score, StoreStatus& status) {
  std::optional<Sum> old;
  const VersionAnswer done = store_.update(key, [&](const Record* present) -> Change {
    old = decode(present);
    if (!settings_.learn) return {};
    return {Change::store, encode(with_message(old, score, settings_.token)), settings_.expiry};
  });
  if (done) return old ? old->score / old->count : 0;
  status = done.status;
  return 0;
}

ReputationAnswer Reputation::apply(const MessageOrigin& origin, double score) {
  ReputationAnswer answer{StoreStatus::ok, score, 0};
  if (!std::isfinite(score)) return answer;
  const auto add = [&](const Key& key, double weight) {
    answer.reputation += visit(key, score, answer.status) * weight;
  };
  const auto add_name = [&](Prefix prefix, std::string_view name, double weight) {
    if (name.empty() || (!origin.dmarc_passed && origin.domain.empty())) return;
    Key key(prefix);
    if (origin.dmarc_passed) {
      key.lower_text(name);
    } else {
      key.text("_").lower_text(origin.domain);
    }
    add(key, weight);
  };
  if (origin.ip) add(Key(Prefix::reputation_ip).text(origin.ip->bytes()), settings_.ip);
  if (origin.asn) add(Key(Prefix::reputation_asn).u32(*origin.asn), settings_.asn);
  add_name(Prefix::reputation_domain, origin.domain, settings_.domain);
  add_name(Prefix::reputation_from, origin.sender, settings_.sender);
  if (answer.reputation > 0) answer.score += (answer.reputation - score) * settings_.factor;
  return answer;
}

}  // namespace larder::mail
