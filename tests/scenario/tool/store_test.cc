// store_test.cc – an administrator at the store: records, locks, limits, bans and purges, and what he is told when he
// is wrong.
#include <algorithm>
#include <fstream>
#include <thread>

#include "larder/mail/lease.h"
#include "larder/mail/prefixes.h"
#include "larder/mail/purge.h"
#include "larder/mail/rate_limit.h"
#include "run_tool.h"
#include "support/process.h"

namespace larder::test {
namespace {

using namespace std::chrono_literals;
using mail::Prefix;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class StoreVerbs : public ToolTest {
 protected:
  void SetUp() override {
    const Outcome made = tool({"create", "test", "--cache", "small=64kb", "--store", "memory=1mb", "--store",
                               "other=256kb,expected=40b,page=4kb"});
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_TRUE(has(made.out, "1 cache, 2 stores")) << made.out;
    segment_.emplace(attach_segment(directory_.path()));
  }
  Outcome store(std::vector<std::string> arguments, const std::string& input = {}) const {
    arguments.insert(arguments.begin(), "store");
    return on_test(std::move(arguments), input);
  }
  /// What it prints when all is well.
  std::string told(const std::vector<std::string>& arguments) const {
    const Outcome run = store(arguments);
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.err, "");
    return run.out;
  }
  void refused(const std::vector<std::string>& arguments, int code, const std::string& part) const {
    const Outcome run = store(arguments);
    std::string line;
    for (const std::string& word : arguments) line += word + " ";
    EXPECT_EQ(run.code, code) << line << run.err;
    EXPECT_TRUE(has(run.err, part)) << line << "says: " << run.err;
    EXPECT_TRUE(has(run.err, "hint: ")) << line << "says: " << run.err;
    EXPECT_EQ(run.out, "") << line;
  }
  std::unique_ptr<Store> open(const std::string& name = {}) const { return std::move(*segment_->store(name)); }

  std::optional<Segment> segment_;
};

TEST_F(StoreVerbs, TheFirstMinute) {
  EXPECT_EQ(told({"set", "greeting", "hello", "--ttl", "5m"}), "");
  std::string shown = told({"get", "greeting"});
  EXPECT_TRUE(has(shown, "key         greeting\nkind        value\nvalue bytes 5\nversion     ")) << shown;
  EXPECT_TRUE(has(shown, "expires in  4m 59s") || has(shown, "expires in  5m")) << shown;
  EXPECT_FALSE(has(shown, "hello")) << "values are shown only if asked for";
  EXPECT_TRUE(has(told({"get", "greeting", "--value"}), "value       hello\n"));
  EXPECT_EQ(told({"get", "greeting", "--raw"}), "hello");
  EXPECT_EQ(told({"incr", "visits"}), "1\n");
  EXPECT_EQ(told({"incr", "visits", "--by", "41"}), "42\n");
  EXPECT_EQ(told({"incr", "visits", "--by", "-43", "--ttl", "1h"}), "-1\n");
  EXPECT_EQ(told({"get", "visits", "--raw"}), "-1");
  EXPECT_TRUE(has(told({"get", "visits"}), "kind        counter\nnumber      -1\n"));
  const std::string listed = told({"scan", "--value"});
  EXPECT_TRUE(has(listed, "KEY")) << listed;
  EXPECT_TRUE(has(listed, "greeting  value    hello")) << listed;
  EXPECT_TRUE(has(listed, "visits    counter  -1")) << listed;
  EXPECT_EQ(told({"scan", "nothing"}), "");
  EXPECT_EQ(told({"ttl", "greeting", "--persist"}), "");
  EXPECT_EQ(told({"ttl", "greeting"}), "never\n");
  EXPECT_EQ(told({"ttl", "greeting", "--set", "1h"}), "");
  const std::string left = told({"ttl", "greeting"});
  EXPECT_TRUE(left == "59m 59s\n" || left == "1h 0m\n") << left;
  EXPECT_EQ(told({"set", "fresh", "1", "--if-absent"}), "");
  refused({"set", "fresh", "2", "--if-absent"}, 1, "store memory: key \"fresh\" is there already");
  EXPECT_EQ(told({"get", "fresh", "--raw"}), "1");
  EXPECT_EQ(told({"del", "greeting"}), "");
  refused({"del", "greeting"}, 1, "store memory: key \"greeting\" is not there");
  refused({"get", "greeting"}, 1, "store memory: key \"greeting\" is not there");
  refused({"ttl", "greeting"}, 1, "store memory: key \"greeting\" is not there");
  refused({"ttl", "greeting", "--set", "1h"}, 1, "is not there");
}

TEST_F(StoreVerbs, NamedStoresAndTheDefaultOne) {
  EXPECT_EQ(told({"set", "key", "there", "--store", "other"}), "");
  EXPECT_EQ(told({"get", "key", "--raw", "--store", "other"}), "there");
  refused({"get", "key"}, 1, "store memory: key \"key\" is not there");
  refused({"get", "key", "--store", "third"}, 3, "segment test has no store 'third'\nhint: it has memory, other");
  refused({"get", "key", "--store", "small"}, 3, "segment test has no store 'small'");
  EXPECT_EQ(open()->name(), "memory");
  ASSERT_EQ(tool({"create", "bare", "--cache", "a=64kb"}).code, 0);
  const Outcome bare = tool({"store", "scan", "--segment", "bare"});
  EXPECT_EQ(bare.code, 3);
  EXPECT_TRUE(has(bare.err, "segment bare has no store\nhint: write one into the configuration: [store.\"name\"]"))
      << bare.err;
  EXPECT_EQ(tool({"store", "scan", "--segment", "absent"}).code, 3);
}

TEST_F(StoreVerbs, BinaryKeysAndValues) {
  EXPECT_EQ(told({"set", "--escaped", "\\x15\\x00k\\\\", "bin\\x00\\xff\\x0a"}), "");
  std::string out;
  EXPECT_EQ(open()->key_get(std::string("\x15\0k\\", 4), out), StoreStatus::ok);
  EXPECT_EQ(out, std::string("bin\0\xff\n", 6));
  const std::string shown = told({"get", "--escaped", "\\x15\\x00k\\\\", "--value"});
  EXPECT_TRUE(has(shown, "key         \\x15\\x00k\\\\\n")) << shown;
  EXPECT_TRUE(has(shown, "value       bin\\x00\\xff\\x0a\n")) << shown;
  EXPECT_EQ(told({"get", "--escaped", "\\x15\\x00k\\\\", "--raw"}), std::string("bin\0\xff\n", 6));
  const std::string listed = told({"scan", "--escaped", "\\x15", "--value"});
  EXPECT_TRUE(has(listed, "\\x15\\x00k\\\\  value  bin\\x00\\xff\\x0a")) << listed;
  for (const char c : listed) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << "a terminal is safe from it";
  EXPECT_TRUE(is_json(told({"scan", "--json", "--value"})));
  EXPECT_TRUE(is_json(told({"get", "--escaped", "\\x15\\x00k\\\\", "--json", "--value"})));
  const Outcome piped = store({"set", "piped", "-"}, std::string("a\0b", 3));
  EXPECT_EQ(piped.code, 0) << piped.err;
  EXPECT_EQ(told({"get", "piped", "--raw"}), std::string("a\0b", 3));
  refused({"set", "\x01k", "v"}, 2, "the key begins with the control byte 1, which is reserved for OAUTH records");
  refused({"incr", "\x1ek"}, 2, "which is reserved for later");
  refused({"set", "--escaped", "\\xZZ", "v"}, 2, "\\xZZ");
  refused({"set", "--escaped", "k", "\\x1"}, 2, "\\x1");
}

TEST_F(StoreVerbs, WrongInputIsAnswered) {
  refused({"set", "key", "v", "--ttl", "0"}, 2, "--ttl 0: \"0\" is not a duration: it must be longer than zero");
  refused({"set", "key", "v", "--ttl", "1w"}, 2, "--ttl 1w: \"1w\" is not a duration: unknown unit \"w\"");
  refused({"set", "key", "v", "--ttl", "3661d"}, 2, "key \"key\" gets no such time to live: 1 ms to ten years");
  refused({"set", "", "v"}, 2, "a key of 0 bytes");
  refused({"get", ""}, 2, "key \"\" has 0 bytes; 1 to 1023 are allowed");
  refused({"get", std::string(1024, 'k')}, 2, "has 1024 bytes; 1 to 1023 are allowed");
  refused({"get"}, 2, "key is required\nhint: larder store get --help");
  refused({"set", "key"}, 2, "value is required");
  refused({"set", "a", "b", "c"}, 2, "not expected: c");
  refused({"incr", "n", "--by", "x"}, 2, "--by");
  refused({"get", "a", "--raw", "--json"}, 2, "excludes");
  refused({"ttl", "a", "--set", "1h", "--persist"}, 2, "excludes");
  refused({"frobnicate"}, 2, "store has no verb \"frobnicate\"\nhint: larder store --help");
  refused({}, 2, "store needs a verb\nhint: larder store --help");
  EXPECT_EQ(told({"set", "text", "x"}), "");
  refused({"incr", "text"}, 1, "store memory: key \"text\" holds a value, not a counter");
  EXPECT_EQ(told({"incr", "n", "--by", "9223372036854775807"}), "9223372036854775807\n");
  refused({"incr", "n"}, 1, "key \"n\" would leave the range of 64 signed bits");
  EXPECT_EQ(told({"get", "n", "--raw"}), "9223372036854775807") << "unchanged";
  EXPECT_EQ(told({"set", "n", "now a value"}), "") << "set takes either kind";
  const Outcome large = store({"set", "large", "-", "--store", "other"}, std::string(200'000, 'x'));
  EXPECT_EQ(large.code, 1);
  EXPECT_TRUE(has(large.err, "store other: key \"large\" gets a value that does not fit: at most ")) << large.err;
}

TEST_F(StoreVerbs, AFullStoreSaysWhatHoldsTheBytes) {
  const auto other = open("other");
  uint64_t count = 0;
  while (other->key_set("\x10" + key_name("grey", count), std::string(900, 'v')).status == StoreStatus::ok) ++count;
  refused({"set", "key", std::string(900, 'v'), "--store", "other"}, 1, "keys that begin with byte 16");
  EXPECT_EQ(told({"purge", "greylist", "--store", "other"}), std::to_string(count) + " records removed\n");
  EXPECT_EQ(told({"set", "key", std::string(900, 'v'), "--store", "other"}), "");
}

TEST_F(StoreVerbs, ScansAreLimited) {
  const auto memory = open();
  for (uint64_t i = 0; i < 150; ++i) ASSERT_TRUE(memory->key_set(key_name("user", i), "v"));
  ASSERT_TRUE(memory->key_set("x", "v"));
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  Outcome run = store({"scan", "user"});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(lines(run.out), 101) << "a heading and the first hundred";
  EXPECT_TRUE(has(run.err, "(the first 100 records; --limit N shows more)")) << run.err;
  run = store({"scan", "user", "--limit", "1000"});
  EXPECT_EQ(lines(run.out), 151);
  EXPECT_EQ(run.err, "");
}

TEST_F(StoreVerbs, LocksSayWhoHoldsWhatUntilWhen) {
  EXPECT_EQ(told({"locks"}), "nobody holds a lock\n");
  EXPECT_EQ(told({"locks", "--json"}), "[]\n");
  const auto memory = open();
  mail::Leases leases(*memory);
  ASSERT_TRUE(leases.acquire(mail::Key(Prefix::lock_purge_account).u32(7), {.ttl = 1h, .label = "smtp 12"}));
  ASSERT_EQ(leases.try_lock(mail::Key(Prefix::lock_dav).u32(1).u8(2), 10min), StoreStatus::ok);
  ASSERT_TRUE(leases.acquire(mail::Key(Prefix::lock_housekeeper).text("night"),
                             {.ttl = {}, .label = "me", .ends_with_process = true}));
  const std::string listed = told({"locks"});
  EXPECT_TRUE(has(listed, "LOCK")) << listed;
  EXPECT_TRUE(has(listed, "LOCK_PURGE_ACCOUNT  \\x00\\x00\\x00\\x07      smtp 12")) << listed;
  EXPECT_TRUE(has(listed, "59m 59s") || has(listed, "1h 0m")) << listed;
  EXPECT_TRUE(has(listed, "LOCK_DAV            \\x00\\x00\\x00\\x01\\x02  -")) << listed;
  EXPECT_TRUE(has(listed, "LOCK_HOUSEKEEPER    night                 me")) << listed;
  EXPECT_TRUE(has(listed, "never")) << listed;
  EXPECT_TRUE(is_json(told({"locks", "--json"})));
  EXPECT_EQ(told({"purge", "lock-dav"}), "1 record removed\n");
  EXPECT_EQ(told({"locks", "--store", "other"}), "nobody holds a lock\n");
}

TEST_F(StoreVerbs, ALockWhoseProcessIsGoneIsMarked) {
  const Ending ending = in_child([&]() -> int {
    const Segment own = attach_segment(directory_.path());
    const auto memory = std::move(*own.store(""));
    mail::Leases leases(*memory);
    const auto got =
        leases.acquire(mail::Key(Prefix::lock_email_task).u64(1), {.ttl = {}, .label = "x", .ends_with_process = true});
    return got ? 0 : 1;
  });
  ASSERT_TRUE(ending.ok()) << ending.text();
  const std::string listed = told({"locks"});
  EXPECT_TRUE(has(listed, "(its process is gone)")) << listed;
}

TEST_F(StoreVerbs, LimitsShowWhatWasCounted) {
  EXPECT_EQ(told({"limits"}), "no window has counted that much\n");
  const auto memory = open();
  mail::RateLimiter limiter(*memory);
  const mail::Rate rate{1000, 3'600s};
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(limiter.check(Prefix::rate_auth, *mail::IpAddress::parse("192.0.2.7"), rate).allowed);
  EXPECT_TRUE(limiter.check(Prefix::rate_auth, "jane@example.org", rate).allowed);
  EXPECT_TRUE(limiter.check(Prefix::rate_imap, uint32_t{5}, rate).allowed);
  const std::string listed = told({"limits"});
  EXPECT_TRUE(has(listed, "LIMIT")) << listed;
  EXPECT_TRUE(has(listed, "RATE_LIMIT_AUTH  192.0.2.7             3")) << listed;
  EXPECT_TRUE(has(listed, "RATE_LIMIT_AUTH  jane@example.org      1")) << listed;
  EXPECT_TRUE(has(listed, "RATE_LIMIT_IMAP")) << listed;
  EXPECT_LT(listed.find("192.0.2.7"), listed.find("jane")) << "most first";
  const std::string most = told({"limits", "--least", "2"});
  EXPECT_TRUE(has(most, "192.0.2.7")) << most;
  EXPECT_FALSE(has(most, "jane")) << most;
  EXPECT_TRUE(is_json(told({"limits", "--json"})));
  refused({"limits", "--least", "x"}, 2, "--least");
}

TEST_F(StoreVerbs, BansAreMadeListedAndLifted) {
  EXPECT_EQ(told({"bans"}), "nobody is banned\n");
  EXPECT_EQ(told({"ban", "192.0.2.7", "--for", "1d"}), "");
  EXPECT_EQ(told({"ban", "2001:db8::1"}), "");
  const std::string listed = told({"bans"});
  EXPECT_TRUE(has(listed, "192.0.2.7    manual  2")) << listed;
  EXPECT_TRUE(has(listed, "23h 59m") || has(listed, "1d 0h")) << listed;
  EXPECT_TRUE(has(listed, "2001:db8::1  manual  2")) << listed;
  EXPECT_TRUE(has(listed, "never")) << listed;
  EXPECT_TRUE(is_json(told({"bans", "--json"})));
  EXPECT_EQ(told({"unban", "192.0.2.7"}), "");
  EXPECT_FALSE(has(told({"bans"}), "192.0.2.7"));
  refused({"unban", "192.0.2.7"}, 1, "192.0.2.7 is not banned");
  refused({"ban", "somebody"}, 2, "\"somebody\" is not an IP address");
  refused({"unban", "1.2.3"}, 2, "\"1.2.3\" is not an IP address");
  refused({"ban", "192.0.2.7", "--for", "soon"}, 2, "\"soon\" is not a duration");
  refused({"ban"}, 2, "address is required");
}

/// What administrators purge by, and the prefixes it stands for.
struct Kind {
  const char* name;
  std::vector<uint8_t> prefixes;
};

const std::vector<Kind> kKinds{
    {"acme", {0}},
    {"oauth", {1}},
    {"rate-rcpt", {2}},
    {"rate-scan", {3}},
    {"rate-loiter", {4}},
    {"rate-auth", {5}},
    {"rate-smtp", {6}},
    {"rate-contact", {7}},
    {"rate-http-authenticated", {8}},
    {"rate-http-anonymous", {9}},
    {"rate-imap", {10}},
    {"quota-blob", {11}},
    {"reputation-ip", {12}},
    {"reputation-from", {13}},
    {"reputation-domain", {14}},
    {"reputation-asn", {15}},
    {"greylist", {16}},
    {"bayes-global", {17}},
    {"bayes-account", {18}},
    {"trusted-reply", {19}},
    {"lock-purge-account", {20}},
    {"lock-queue-message", {21}},
    {"lock-queue-report", {22}},
    {"lock-email-task", {23}},
    {"lock-housekeeper", {24}},
    {"lock-dav", {25}},
    {"sieve-id", {26}},
    {"ban", {27}},
    {"rate", {2, 3, 4, 5, 6, 7, 8, 9, 10}},
    {"auth-tokens", {0, 1}},
    {"lock-queue", {21, 22}},
    {"lock-task", {23, 24}},
};

TEST_F(StoreVerbs, EveryKindIsPurgedAloneAndWholly) {
  const auto memory = open();
  const auto fill = [&] {
    for (uint8_t prefix = 0; prefix < 40; ++prefix) {
      const std::string first(1, static_cast<char>(prefix));
      EXPECT_TRUE(memory->key_set(first + "value", "v"));
      EXPECT_TRUE(memory->counter_incr(first + "counter", 1, {}));
    }
  };
  for (const Kind& kind : kKinds) {
    fill();
    EXPECT_EQ(told({"purge", kind.name}), std::to_string(2 * kind.prefixes.size()) + " records removed\n") << kind.name;
    for (uint8_t prefix = 0; prefix < 40; ++prefix) {
      const bool gone = std::find(kind.prefixes.begin(), kind.prefixes.end(), prefix) != kind.prefixes.end();
      const std::string first(1, static_cast<char>(prefix));
      EXPECT_EQ(memory->key_exists(first + "value"), gone ? StoreStatus::absent : StoreStatus::ok)
          << kind.name << " " << int{prefix};
      EXPECT_EQ(memory->key_exists(first + "counter"), gone ? StoreStatus::absent : StoreStatus::ok)
          << kind.name << " " << int{prefix};
    }
    EXPECT_EQ(told({"purge", kind.name}), "0 records removed\n") << kind.name;
  }
  const std::vector<std::string_view> kinds = mail::purge_kinds();
  for (const std::string_view name : kinds) {
    const bool tested = std::any_of(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return kind.name == name; });
    EXPECT_TRUE(tested || name == "token-revision") << name;  // which shares its number with quota-blob
  }
}

TEST_F(StoreVerbs, PurgesOfOneAccountOfWhatIsExpiredAndOfNothing) {
  const auto memory = open();
  for (uint32_t account : {7u, 8u}) EXPECT_TRUE(memory->counter_incr(mail::Key(Prefix::bayes_user).u32(account), 1));
  EXPECT_EQ(told({"purge", "bayes-account", "--account", "7"}), "1 record removed\n");
  EXPECT_EQ(memory->key_exists(mail::Key(Prefix::bayes_user).u32(8)), StoreStatus::ok);
  EXPECT_TRUE(memory->key_set("brief", "v", 1ms));
  std::this_thread::sleep_for(5ms);
  EXPECT_EQ(told({"purge"}), "1 record removed\n");
  EXPECT_EQ(told({"purge", "--store", "other"}), "0 records removed\n");
  refused({"purge", "nonsense"}, 3, "no kind of records is called \"nonsense\"\nhint: the kinds are acme, oauth,");
  refused({"purge", "rate", "--account", "7"}, 2, "the kind \"rate\" has no accounts\nhint: only bayes-account");
  refused({"purge", "bayes-account", "--account", "-1"}, 2, "--account");
}

TEST_F(StoreVerbs, CreateSaysWhatIsWrongWithARegion) {
  const auto says = [&](const std::vector<std::string>& words, const std::string& part) {
    std::vector<std::string> arguments{"create", "wrong"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    const Outcome run = tool(arguments);
    EXPECT_EQ(run.code, 2) << run.err;
    EXPECT_TRUE(has(run.err, part)) << run.err;
  };
  says({"--store", "a"}, "--store a: not of the form NAME=SIZE[,expected=SIZE][,page=SIZE]");
  says({"--store", "=1mb"}, "not of the form");
  says({"--store", "a=1mb,"}, "not of the form");
  says({"--store", "a=1mb,ttl=1h"}, "not of the form");
  says({"--store", "a=1xb"}, "--store a=1xb: \"1xb\" is not a size");
  says({"--cache", "a=1mb,expected=x"}, "--cache a=1mb,expected=x: \"x\" is not a size");
  says({"--cache", "a=1mb,page=4gb"}, "4gb is too large");
  says({"--store", "a=1kb"}, "store a: size of 1024 bytes; 65536 to");
  says({"--store", "a=64kb,page=16kb"}, "store a: 65536 bytes hold only 4 pages");
  says({"--store", "a=64kb", "--cache", "a=64kb"}, "two caches or stores are named a");
  const Outcome good = tool({"create", "good", "--cache", "a=64kb,expected=40b,page=1kb"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_TRUE(has(good.out, "1 cache, 0 stores")) << good.out;
}

TEST_F(StoreVerbs, ConfCheckReadsListsAndReminds) {
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name, std::ios::trunc) << text;
    return directory_ / name;
  };
  Outcome run = run_larder({"conf", "check", write("plain.toml", "")});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has(run.out, "plain.toml: fine: segment larder, 25 caches, 1 store, 0 static lists, ")) << run.out;
  EXPECT_TRUE(has(run.out, "hint: store memory: the Bayes models are to be kept on disk, but there is no directory"));
  for (const char* quiet : {"[store.memory]\npersist = false\n", "[store.memory]\npersist = [\"reputation-ip\"]\n",
                            "[store.memory.persistence]\ndirectory = \"/var/lib/larder\"\n"}) {
    run = run_larder({"conf", "check", write("quiet.toml", quiet)});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_FALSE(has(run.out, "hint")) << run.out;
  }
  const std::string list = write("l.csv", "a,1\n\"b,2\n");
  const std::string config = write("lists.toml", "[store.l]\ntype = \"static\"\nformat = \"csv\"\nfile = \"" + list +
                                                     "\"\n[lookup.long]\na = \"" + std::string(600, 'x') + "\"\n");
  run = run_larder({"conf", "check", config});
  EXPECT_EQ(run.code, 2) << run.out;
  EXPECT_TRUE(has(run.err, "l.csv:2: a quoted column does not end on its line")) << run.err;
  EXPECT_TRUE(has(run.err, "lists.toml:6: an entry of 601 bytes; at most 512 are allowed")) << run.err;
  run = run_larder({"conf", "show", write("named.toml", "[storage]\nlookup = \"a\"\n[store.a]\n")});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has(run.out, "lookup = \"a\"")) << run.out;
  EXPECT_TRUE(has(run.out, "[store.a.persistence]")) << run.out;
}

}  // namespace
}  // namespace larder::test
