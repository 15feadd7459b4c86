// jmap.cc – a JMAP worker: authenticated requests for mail, calendars, contacts and files, and account changes.
#include "load/worker.h"

namespace larder::tools {

namespace {

constexpr double kChange = 0.05;          ///< requests that change what they read
constexpr double kProlong = 0.01;         ///< sessions kept alive
constexpr double kAccountChange = 0.001;  ///< an administrator edits an account

class Jmap final : public MailWorker {
 public:
  explicit Jmap(const WorkerOptions& options) : MailWorker(options, 3) {}

  void step(Desk& desk) override {
    const uint32_t user = people_.any_user(random_);
    const std::string account = People::id_key(user);
    const std::string credentials = people_.credentials(user);
    if (!desk.fetch(Place::http_auth, credentials, user)) {
      desk.fetch(Place::tenants, People::id_key(people_.tenant_of(user)));
    } else if (random_.chance(kProlong)) {
      desk.touch(Place::http_auth, credentials);
    }
    desk.fetch(Place::access_tokens, account);
    desk.fetch(Place::accounts, account);
    desk.fetch(Place::domains, People::id_key(people_.domain_of(user)));
    const Place place = pick();
    if (place == Place::scheduling && random_.chance(0.2)) {
      desk.add(place, account);
    } else if (random_.chance(kChange)) {
      desk.refresh(place, account);
    } else if (place == Place::messages) {
      desk.read_in_place(place, account);
    } else {
      desk.fetch(place, account);
    }
    if (random_.chance(kAccountChange)) change_account(desk, user);
  }

 private:
  Place pick() {
    const double choice = random_.unit();
    if (choice < 0.60) return Place::messages;
    if (choice < 0.75) return Place::events;
    if (choice < 0.87) return Place::contacts;
    if (choice < 0.96) return Place::files;
    return Place::scheduling;
  }

  /// Everything cached about the account goes: by key where it is known, by tag where it is not.
  void change_account(Desk& desk, uint32_t user) {
    desk.remove(Place::accounts, People::id_key(user));
    desk.remove(Place::access_tokens, People::id_key(user));
    desk.remove_tag(Place::http_auth, user);
    desk.remove_tag(Place::email_addresses, user);
  }
};

}  // namespace

std::unique_ptr<MailWorker> make_jmap(const WorkerOptions& options) { return std::make_unique<Jmap>(options); }

}  // namespace larder::tools
