// open_store.h – what every verb of `larder store` stands at: the store, attached, and words for its answers.
//
// What it is    options that all of these verbs share, the opened store, and reports of answers that are no success.
// Invariants    exactly one store is meant: the one named with --store, or the default one.
// Concurrency   main thread only.
// Crash         a verb attaches as a worker of kind "tool"; if it dies its slot is buried like any other.
#pragma once

#include <memory>
#include <string>

#include "larder/segment.h"
#include "program.h"

namespace larder::tools {

struct StoreVerb {
  std::string store;  ///< name; empty = the default one
  bool escaped = false;
  bool json = false;
};

struct OpenStore {
  Segment segment;
  std::unique_ptr<Store> store;
};

/// Attaches; for reading only (no worker slot is taken) unless `write`.
Result<OpenStore> open_store(const Program& program, const StoreVerb& options, bool write);

/// The key of the command line as bytes. With `write`, keys that Larder keeps for its own records are refused unless
/// they were written with escapes, which nobody does by accident.
Result<std::string> key_from(const std::string& text, const StoreVerb& options, bool write);

/// Says what a status means; returns the exit code. ok is kExitOk and says nothing.
int explain(StoreStatus status, const OpenStore& open, const std::string& key);

/// "never", or the time left.
std::string time_left(const std::optional<milliseconds>& ttl);

/// A verb of `larder store` with the options all of them have.
CLI::App* store_verb(CLI::App& parent, Program& program, const std::string& name, const std::string& summary,
                     const std::string& examples, const std::shared_ptr<StoreVerb>& shared, std::function<int()> run);

void add_record_verbs(CLI::App& parent, Program& program);
void add_mail_verbs(CLI::App& parent, Program& program);

}  // namespace larder::tools
