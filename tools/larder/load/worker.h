// worker.h – what one worker process of the mail server does, step by step.
//
// What it is    MailWorker is one kind of worker; step() is one message, command or request with all its cache calls
//               (about 5 to 40). The sequence of steps depends on the seed, the worker's number and its kind only.
// Invariants    a step ends; it calls nothing but the desk.
// Concurrency   one thread.
// Crash         see desk.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "load/desk.h"
#include "load/people.h"

namespace larder::tools {

struct WorkerOptions {
  uint32_t users = 20'000;
  uint32_t domains = 5'000;
  uint64_t seed = 1;
  uint32_t number = 0;           ///< among the workers of its kind
  uint64_t scan_every = 80'000;  ///< operations between two mass mailings (SMTP)
};

class MailWorker {
 public:
  MailWorker(const WorkerOptions& options, uint64_t kind_salt)
      : options_(options),
        people_(options.users, options.domains),
        random_(mix(options.seed) ^ mix(kind_salt * 1000 + options.number)) {}
  virtual ~MailWorker() = default;
  virtual void step(Desk& desk) = 0;

 protected:
  WorkerOptions options_;
  People people_;
  Random random_;
};

/// A worker of kind smtp, imap or jmap; null for another word.
std::unique_ptr<MailWorker> make_worker(std::string_view kind, const WorkerOptions& options);

std::unique_ptr<MailWorker> make_smtp(const WorkerOptions& options);
std::unique_ptr<MailWorker> make_imap(const WorkerOptions& options);
std::unique_ptr<MailWorker> make_jmap(const WorkerOptions& options);

}  // namespace larder::tools
