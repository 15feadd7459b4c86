// imap.cc – an IMAP worker: logins, and commands that read one account's message index, sometimes changing it.
#include "load/worker.h"

namespace larder::tools {

namespace {

constexpr double kLogin = 0.08;   ///< share of steps that begin a session
constexpr double kChange = 0.06;  ///< commands that change flags, move or expunge
constexpr double kShared = 0.03;  ///< commands on somebody else's mailboxes
constexpr double kDrop = 0.002;   ///< index thrown away, e.g. after an import

class Imap final : public MailWorker {
 public:
  explicit Imap(const WorkerOptions& options) : MailWorker(options, 2) {}

  void step(Desk& desk) override {
    const uint32_t user = people_.any_user(random_);
    const std::string account = People::id_key(user);
    if (random_.chance(kLogin)) log_in(desk, user);
    desk.fetch(Place::access_tokens, account);
    desk.read_in_place(Place::messages, account);
    if (random_.chance(kChange)) desk.refresh(Place::messages, account);
    if (random_.chance(kShared)) {
      const std::string other = People::id_key(people_.any_user(random_));
      desk.fetch(Place::accounts, other);
      desk.read_in_place(Place::messages, other);
    }
    if (random_.chance(kDrop)) desk.remove(Place::messages, account);
  }

 private:
  void log_in(Desk& desk, uint32_t user) {
    desk.fetch(Place::domain_names, people_.local_name(user));
    desk.fetch(Place::email_addresses, people_.address_key(user), user);
    desk.fetch(Place::accounts, People::id_key(user));
    desk.fetch(Place::domains, People::id_key(people_.domain_of(user)));
    desk.fetch(Place::tenants, People::id_key(people_.tenant_of(user)));
  }
};

}  // namespace

std::unique_ptr<MailWorker> make_imap(const WorkerOptions& options) { return std::make_unique<Imap>(options); }

}  // namespace larder::tools
