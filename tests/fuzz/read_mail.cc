// What mail servers keep in a store: every reader meets values that nobody of this build has written.
//
// Each service makes its records in a map; then every value becomes the fuzzer's bytes, every counter a number of them,
// and the services read.
#include <cstring>

#include "backend/map_store.h"
#include "fuzz/targets.h"
#include "larder/mail/acme.h"
#include "larder/mail/ban.h"
#include "larder/mail/bayes.h"
#include "larder/mail/lease.h"
#include "larder/mail/oauth.h"
#include "larder/mail/quota_blob.h"
#include "larder/mail/reputation.h"
#include "larder/mail/token_revision.h"
#include "larder/mail/trusted_reply.h"

namespace larder::fuzz {
namespace {

using namespace mail;

constexpr std::string_view kMessages[] = {"<1@example.org>"};
constexpr uint32_t kPrincipals[] = {1};

struct Services {
  backend::MapStore store;
  AcmeChallenges acme{store};
  AutoBan bans{store, {}, AllowList()};
  BayesModel bayes{store};
  Leases leases{store};
  OAuthCodes oauth{store};
  BlobQuotas quotas{store, {}};
  Reputation reputation{store};
  TokenRevisions revisions{store};
  TrustedReplies replies{store};
  IpAddress address = *IpAddress::parse("192.0.2.1");
  MessageOrigin origin{
      .ip = address, .asn = 64500, .domain = "example.org", .sender = "a@example.org", .dmarc_passed = true};
  OAuthCode code, device;

  void write() {
    (void)acme.put_proof("token", "proof");
    (void)bans.ban(address, std::nullopt);
    (void)bayes.add("word", 1, 1);
    (void)leases.acquire("job", {.ttl = milliseconds(60'000), .label = "worker"});
    code = oauth.create({.account = 7, .client = "client"});
    device = oauth.create_device({.client = "client"});
    (void)quotas.upload(1, 100);
    (void)reputation.apply(origin, 1.0);
    (void)revisions.changed(kPrincipals);
    (void)replies.sent(kMessages[0]);
  }
  void read() {
    std::string text;
    std::vector<Ban> all;
    std::vector<LeaseInfo> held;
    LeaseInfo holder;
    (void)acme.get_proof("token", text);
    (void)acme.get_certificate("token", text);
    (void)bans.is_banned(address);
    (void)bans.list(all);
    (void)bans.lift(address);
    const BayesAnswer counts = bayes.add("word", 1, -1);
    require(counts.counts.ham <= BayesModel::kMost && counts.counts.spam <= BayesModel::kMost,
            "a count beyond its limit");
    (void)leases.holder("job", holder);
    (void)leases.list("job", held);
    (void)leases.acquire("job", {.ttl = milliseconds(1000)});
    (void)oauth.look_up(device.user_code);
    (void)oauth.approve(device.user_code, 9);
    (void)oauth.redeem(device.code, "client");
    (void)oauth.redeem(code.code, "client");
    (void)quotas.usage(1);
    (void)quotas.upload(1, 1);
    (void)reputation.apply(origin, -1.0);
    (void)revisions.is_current(1, 1);
    (void)replies.answers(kMessages);
  }
  /// Every record but for its kind becomes what the bytes say.
  void replace(std::string_view bytes) {
    int64_t number = 0;
    if (!bytes.empty()) std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
    const ScanPage page = store.scan({}, 0, 1000);
    for (const ScanItem& item : page.items) {
      if (item.record.kind == RecordKind::value) {
        (void)store.key_set(item.key, bytes);
      } else {
        (void)store.counter_delete(item.key);
        (void)store.counter_incr(item.key, number);
      }
    }
  }
};

}  // namespace

void read_mail(std::string_view bytes) {
  Services services;
  services.write();
  services.replace(bytes.substr(0, 4096));
  services.read();
  services.read();
}

}  // namespace larder::fuzz
