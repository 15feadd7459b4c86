// mail_verbs.cc – `larder store locks | limits | bans | purge`: what a mail server keeps in the store, by its meaning.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/json.h"
#include "common/table.h"
#include "common/text.h"
#include "config/units.h"
#include "larder/mail/ban.h"
#include "larder/mail/lease.h"
#include "larder/mail/purge.h"
#include "larder/mail/rate_limit.h"
#include "store_verbs/open_store.h"

namespace larder::tools {

namespace {

struct MailOptions : StoreVerb {
  std::string kind, address, rate, lasts;
  uint64_t least = 1;
  std::optional<uint32_t> account;
};
using Shared = std::shared_ptr<MailOptions>;

constexpr uint8_t kFirstLock = 20, kLastLock = 25, kFirstRate = 2, kLastRate = 10;

std::string prefix_name(uint8_t number) {
  const mail::PrefixRow* row = mail::find_prefix(number);
  return row == nullptr ? fmt::format("prefix {}", number) : std::string(row->name);
}

int run_locks(const Program& program, const MailOptions& options) {
  auto open = open_store(program, options, false);
  if (!open) return report(open.error());
  mail::Leases leases(*open->store);
  Table table(
      {{"LOCK", Table::Side::left}, {"KEY", Table::Side::left}, {"HOLDER", Table::Side::left}, {"FENCE"}, {"ENDS IN"}});
  Json json;
  json.begin_array();
  for (uint8_t number = kFirstLock; number <= kLastLock; ++number) {
    std::vector<mail::LeaseInfo> found;
    const std::string prefix(1, static_cast<char>(number));
    if (const StoreStatus listed = leases.list(prefix, found); listed != StoreStatus::ok)
      return explain(listed, *open, prefix);
    for (const mail::LeaseInfo& lease : found) {
      const std::string key = lease.key.substr(1);
      const std::string holder = lease.ended ? "(its process is gone)" : lease.label.empty() ? "-" : lease.label;
      if (options.json) {
        json.begin_object().field("lock", prefix_name(number)).field("key", key).field("label", lease.label);
        json.field("fence", lease.fence).field("ended", lease.ended);
        if (lease.ttl) json.field("ttl_ms", lease.ttl->count());
        json.end_object();
      } else {
        table.add(
            {prefix_name(number), escape(key), escape(holder), std::to_string(lease.fence), time_left(lease.ttl)});
      }
    }
  }
  if (options.json) {
    fmt::print("{}\n", json.end_array().text());
  } else {
    fmt::print("{}", table.empty() ? "nobody holds a lock\n" : table.text());
  }
  return kExitOk;
}

/// A subject as it stands in a key: an address where it can be one, else text. Texts as long as an address have a zero
/// byte behind them (mail::Subject).
std::string subject_text(std::string bytes) {
  if (const auto address = mail::IpAddress::from_bytes(bytes)) return address->text();
  if ((bytes.size() == 5 || bytes.size() == 17) && bytes.back() == 0) bytes.pop_back();
  return escape(bytes);
}

int run_limits(const Program& program, const MailOptions& options) {
  auto open = open_store(program, options, false);
  if (!open) return report(open.error());
  struct Row {
    mail::RateBucket bucket;
    int64_t count = 0;
    std::optional<milliseconds> ttl;
  };
  std::vector<Row> rows;
  for (uint8_t number = kFirstRate; number <= kLastRate; ++number) {
    const std::string prefix(1, static_cast<char>(number));
    uint64_t cursor = 0;
    do {
      const ScanPage page = open->store->scan(prefix, cursor, 1000);
      if (page.status != StoreStatus::ok) return explain(page.status, *open, prefix);
      for (const ScanItem& item : page.items) {
        const auto bucket = mail::parse_rate_key(item.key);
        if (!bucket || item.record.number < static_cast<int64_t>(options.least)) continue;
        rows.push_back({*bucket, item.record.number, item.record.ttl});
      }
      cursor = page.cursor;
    } while (cursor != 0);
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.count > b.count; });
  Table table({{"LIMIT", Table::Side::left}, {"SUBJECT", Table::Side::left}, {"COUNT"}, {"RESETS IN"}});
  Json json;
  json.begin_array();
  for (const Row& row : rows) {
    const std::string name = prefix_name(static_cast<uint8_t>(row.bucket.prefix));
    if (options.json) {
      json.begin_object().field("limit", name).field("subject", subject_text(row.bucket.subject));
      json.field("window", row.bucket.window).field("count", row.count);
      if (row.ttl) json.field("resets_ms", row.ttl->count());
      json.end_object();
    } else {
      table.add({name, subject_text(row.bucket.subject), std::to_string(row.count), time_left(row.ttl)});
    }
  }
  if (options.json) {
    fmt::print("{}\n", json.end_array().text());
  } else {
    fmt::print("{}", table.empty() ? "no window has counted that much\n" : table.text());
  }
  return kExitOk;
}

int run_bans(const Program& program, const MailOptions& options) {
  auto open = open_store(program, options, false);
  if (!open) return report(open.error());
  mail::AutoBan bans(*open->store, {}, {});
  std::vector<mail::Ban> found;
  if (const StoreStatus listed = bans.list(found); listed != StoreStatus::ok) return explain(listed, *open, "bans");
  Table table(
      {{"ADDRESS", Table::Side::left}, {"REASON", Table::Side::left}, {"SINCE", Table::Side::left}, {"ENDS IN"}});
  Json json;
  json.begin_array();
  for (const mail::Ban& ban : found) {
    if (options.json) {
      json.begin_object().field("address", ban.address.text()).field("reason", mail::to_string(ban.reason));
      json.field("since", ban.since);
      if (ban.ttl) json.field("ttl_ms", ban.ttl->count());
      json.end_object();
    } else {
      table.add({ban.address.text(), mail::to_string(ban.reason), utc_time(ban.since * 1000), time_left(ban.ttl)});
    }
  }
  if (options.json) {
    fmt::print("{}\n", json.end_array().text());
  } else {
    fmt::print("{}", table.empty() ? "nobody is banned\n" : table.text());
  }
  return kExitOk;
}

int run_ban(const Program& program, const MailOptions& options, bool lift) {
  auto address = mail::IpAddress::parse(options.address);
  if (!address) return report(address.error());
  auto lasts = config::parse_optional_duration(options.lasts);
  if (!lasts) return report(lasts.error());
  auto open = open_store(program, options, true);
  if (!open) return report(open.error());
  mail::AutoBan bans(*open->store, {}, {});
  if (lift) {
    const StoreStatus lifted = bans.lift(*address);
    if (lifted == StoreStatus::absent)
      return report(kExitNegative, fmt::format("{} is not banned", address->text()), "list them: larder store bans");
    return explain(lifted, *open, options.address);
  }
  const mail::BanAnswer answer = bans.ban(*address, *lasts);
  if (answer.status != StoreStatus::ok) return explain(answer.status, *open, options.address);
  if (!answer.banned)
    return report(kExitNegative, fmt::format("{} is on the allow list and was not banned", address->text()));
  return kExitOk;
}

int run_purge(const Program& program, const MailOptions& options) {
  auto open = open_store(program, options, true);
  if (!open) return report(open.error());
  const auto purged = mail::purge(*open->store, options.kind, options.account);
  if (!purged) {
    const Error& error = purged.error();
    return report(
        Error{error.code, error.message,
              error.hint.empty() ? fmt::format("kinds: {}", fmt::join(mail::purge_kinds(), ", ")) : error.hint});
  }
  if (purged->status != StoreStatus::ok) return explain(purged->status, *open, options.kind);
  fmt::print("{} record{} removed\n", grouped(purged->removed), purged->removed == 1 ? "" : "s");
  return kExitOk;
}

}  // namespace

void add_mail_verbs(CLI::App& parent, Program& program) {
  auto locks = std::make_shared<MailOptions>();
  store_verb(parent, program, "locks", "Who holds which lock, until when", "  larder store locks", locks,
             [&program, locks] { return run_locks(program, *locks); })
      ->add_flag("--json", locks->json, "As JSON");

  auto limits = std::make_shared<MailOptions>();
  CLI::App* made = store_verb(parent, program, "limits", "What rate limits have counted in their present windows",
                              "  larder store limits --least 100", limits,
                              [&program, limits] { return run_limits(program, *limits); });
  made->add_option("--least", limits->least, "Only windows that counted at least so much")->capture_default_str();
  made->add_flag("--json", limits->json, "As JSON");

  auto bans = std::make_shared<MailOptions>();
  store_verb(parent, program, "bans", "Which addresses are banned, why, until when", "  larder store bans", bans,
             [&program, bans] { return run_bans(program, *bans); })
      ->add_flag("--json", bans->json, "As JSON");
  auto ban = std::make_shared<MailOptions>();
  made = store_verb(parent, program, "ban", "Ban an address", "  larder store ban 192.0.2.7 --for 1d", ban,
                    [&program, ban] { return run_ban(program, *ban, false); });
  made->add_option("address", ban->address, "IPv4 or IPv6 address")->required();
  made->add_option("--for", ban->lasts, "How long (default: until lifted)");
  auto lift = std::make_shared<MailOptions>();
  store_verb(parent, program, "unban", "Lift a ban", "  larder store unban 192.0.2.7", lift,
             [&program, lift] { return run_ban(program, *lift, true); })
      ->add_option("address", lift->address, "IPv4 or IPv6 address")
      ->required();

  auto purge = std::make_shared<MailOptions>();
  made = store_verb(parent, program, "purge", "Remove everything of one kind; without a kind: what is expired",
                    "  larder store purge\n  larder store purge rate-auth\n"
                    "  larder store purge bayes-account --account 7",
                    purge, [&program, purge] { return run_purge(program, *purge); });
  made->add_option("kind", purge->kind, "One of: " + fmt::format("{}", fmt::join(mail::purge_kinds(), ", ")));
  made->add_option("--account", purge->account, "Only this account's (bayes-account)");
}

}  // namespace larder::tools
