// smtp.cc – an SMTP worker: messages in and out, recipients, DNS checks, and a mass mailing now and then.
//
// A message in reads PTR, A and block lists of the client, SPF, DMARC and DKIM records of the sender's domain, then
// domain, address and account of each recipient, some of which do not exist. A message out reads MX, MTA-STS, addresses
// and TLSA of the destination and the domain's DKIM signer. A mass mailing brings thousands of addresses seen once.
#include <algorithm>
#include <vector>

#include "load/worker.h"

namespace larder::tools {

namespace {

constexpr uint32_t kScanAddresses = 5000;  ///< recipients of a mass mailing
constexpr uint32_t kScanPerStep = 10;      ///< of them in one step, so that other traffic goes on
constexpr uint32_t kMailProviders = 40;    ///< domains that others' SPF records include

class Smtp final : public MailWorker {
 public:
  explicit Smtp(const WorkerOptions& options) : MailWorker(options, 1), next_scan_(options.scan_every / 2) {}

  void step(Desk& desk) override {
    if (scan_left_ > 0) scan(desk);
    if (desk.tally().operations >= next_scan_) {
      next_scan_ = desk.tally().operations + options_.scan_every;
      scan_left_ = kScanAddresses;
    }
    if (random_.chance(0.3)) {
      send(desk);
    } else {
      receive(desk);
    }
  }

 private:
  void receive(Desk& desk) {
    const uint32_t sender = people_.any_domain(random_);
    const std::string name = People::remote_name(sender);
    desk.fetch(Place::dns_ptr, People::address_of(sender));
    desk.fetch(Place::dns_ipv4, "mx." + name);
    std::vector<std::string> lists;
    for (uint32_t list = 0; list < 3; ++list) lists.push_back(People::block_list_name(sender, list));
    desk.fetch_many(Place::dns_rbl, lists);
    desk.fetch(Place::dns_txt, name);
    desk.fetch(Place::dns_txt, "_dmarc." + name);
    desk.fetch(Place::dns_txt, "s1._domainkey." + name);
    const uint32_t includes = random_.below(4);
    for (uint32_t i = 0; i < includes; ++i) {
      desk.fetch(Place::dns_txt, "_spf." + People::remote_name(random_.below(kMailProviders)));
    }
    if (random_.chance(0.5)) desk.fetch(Place::dns_mx, name);
    if (random_.chance(0.2)) desk.fetch(Place::dns_ipv6, "mx." + name);
    const uint32_t recipients = 1 + (random_.chance(0.25) ? 1 + random_.below(3) : 0);
    for (uint32_t i = 0; i < recipients; ++i) recipient(desk);
  }

  void recipient(Desk& desk) {
    if (random_.chance(0.03)) {  // relaying asked for a domain that is not ours
      const std::string name = People::remote_name(people_.any_domain(random_));
      if (!desk.look(Place::domain_names, name)) desk.fetch(Place::domain_names_negative, name);
      return;
    }
    const uint32_t user = people_.any_user(random_);
    desk.fetch(Place::domain_names, people_.local_name(user));
    if (random_.chance(0.08)) {
      const std::string unknown = people_.unknown_key(random_);
      if (!desk.look(Place::email_addresses, unknown)) desk.fetch(Place::email_addresses_negative, unknown);
      return;
    }
    desk.fetch(Place::email_addresses, people_.address_key(user), user);
    if (random_.chance(0.02)) {
      desk.fetch(Place::mailing_lists, People::id_key(user % 500));
      return;
    }
    desk.fetch(Place::accounts, People::id_key(user));
    if (random_.chance(0.1)) desk.refresh(Place::messages, People::id_key(user));
  }

  void send(Desk& desk) {
    const uint32_t user = people_.any_user(random_);
    desk.fetch(Place::access_tokens, People::id_key(user));
    desk.fetch(Place::accounts, People::id_key(user));
    desk.fetch(Place::domains, People::id_key(people_.domain_of(user)));
    desk.fetch(Place::dkim_signatures, People::id_key(people_.domain_of(user)));
    const std::string name = People::remote_name(people_.any_domain(random_));
    desk.fetch(Place::dns_mx, name);
    desk.fetch(Place::dns_txt, "_mta-sts." + name);
    desk.fetch(Place::dns_mta_sts, name);
    desk.fetch(Place::dns_ipv4, "mx." + name);
    if (random_.chance(0.4)) desk.fetch(Place::dns_ipv6, "mx." + name);
    if (random_.chance(0.4)) desk.fetch(Place::dns_tlsa, "_25._tcp.mx." + name);
  }

  void scan(Desk& desk) {
    const uint32_t now = std::min(scan_left_, kScanPerStep);
    for (uint32_t i = 0; i < now; ++i) {
      const uint64_t number = (uint64_t{options_.number} << 40 | scanned_++) ^ (options_.seed << 52);
      desk.fetch(Place::email_addresses, people_.once_key(number));
    }
    scan_left_ -= now;
  }

  uint64_t next_scan_;
  uint64_t scanned_ = 0;
  uint32_t scan_left_ = 0;
};

}  // namespace

std::unique_ptr<MailWorker> make_smtp(const WorkerOptions& options) { return std::make_unique<Smtp>(options); }

}  // namespace larder::tools
