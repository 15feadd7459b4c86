// stores_test.cc – stores in a configuration: which there are, which is the default, and what is wrong with others.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "config/config.h"
#include "config/show.h"

namespace larder::config {
namespace {

using Bytes = std::vector<uint8_t>;

Config good(const std::string& text) {
  auto config = parse(text, "t.toml");
  if (!config) throw std::runtime_error(config.error().message);
  return *config;
}

const StoreOptions& store_of(const Config& config, const std::string& name) {
  for (const StoreOptions& store : config.segment.stores) {
    if (store.name == name) return store;
  }
  throw std::runtime_error("no store " + name);
}

const Schedule* purge_of(const Config& config, const std::string& name) {
  const auto found =
      std::find_if(config.purges.begin(), config.purges.end(), [&](const Schedule& s) { return s.name == name; });
  return found == config.purges.end() ? nullptr : &*found;
}

std::string refused(const std::string& text) {
  const auto config = parse(text, "t.toml");
  return config ? "(accepted)" : config.error().message;
}

#define EXPECT_SAYS(text, part)                                             \
  do {                                                                      \
    const std::string message = refused(text);                              \
    EXPECT_NE(message.find(part), std::string::npos) << "got: " << message; \
  } while (false)

TEST(Stores, AnEmptyFileHasOneInMemoryWhichIsTheDefault) {
  const Config config = good("");
  ASSERT_EQ(config.segment.stores.size(), 1u);
  EXPECT_EQ(config.segment.stores[0].name, "memory");
  EXPECT_EQ(config.segment.stores[0].size, 16u << 20);
  EXPECT_TRUE(config.segment.stores[0].durable.empty());
  EXPECT_TRUE(config.segment.stores[0].droppable.empty());
  EXPECT_EQ(config.segment.default_store, "memory");
  ASSERT_NE(purge_of(config, "memory"), nullptr);
  EXPECT_EQ(format_cron(purge_of(config, "memory")->cron), "0 5 *");
  EXPECT_EQ(purge_of(config, "memory")->work, Schedule::Work::purge_store);
  EXPECT_EQ(config.persistence.at("memory").first_bytes, (Bytes{17, 18}));
  EXPECT_EQ(config.persistence.at("memory").directory, "");
  EXPECT_TRUE(config.lists.empty());
}

TEST(Stores, EverythingAboutAStoreInTheSegment) {
  const Config config = good(
      "[storage]\nlookup = \"main\"\n"
      "[store.\"main\"]\ntype = \"memory\"\nsize = \"64mb\"\nexpected = \"40b\"\npage = \"32kb\"\n"
      "droppable = [\"greylist\", \"rate-smtp\", 2, 200]\npersist = [17, \"reputation-ip\", \"BAYES_MODEL_USER\"]\n"
      "[store.\"main\".persistence]\ndirectory = \"/var/lib/larder\"\ninterval = \"500ms\"\n"
      "[store.\"main\".purge]\nfrequency = \"0 3 *\"\n");
  ASSERT_EQ(config.segment.stores.size(), 1u);
  const StoreOptions& store = store_of(config, "main");
  EXPECT_EQ(store.size, 64u << 20);
  EXPECT_EQ(store.expected_entry, 40u);
  EXPECT_EQ(store.page_size, 32u << 10);
  EXPECT_EQ(store.droppable, (Bytes{2, 6, 16, 200}));
  EXPECT_EQ(store.durable, (Bytes{12, 17, 18}));
  EXPECT_EQ(config.segment.default_store, "main");
  const PersistSettings& persist = config.persistence.at("main");
  EXPECT_EQ(persist.directory, "/var/lib/larder");
  EXPECT_EQ(persist.interval, milliseconds(500));
  EXPECT_EQ(persist.first_bytes, store.durable);
  EXPECT_EQ(format_cron(purge_of(config, "main")->cron), "0 3 *");
}

TEST(Stores, NothingIsDurableWithoutADirectory) {
  const Config config = good("[store.memory]\npersist = true\n");
  EXPECT_EQ(config.persistence.at("memory").first_bytes.size(), 256u);
  EXPECT_TRUE(store_of(config, "memory").durable.empty());
}

TEST(Stores, PersistIsEverythingOrNothingOrAList) {
  const std::string directory = "[store.memory.persistence]\ndirectory = \"/d\"\n";
  EXPECT_EQ(store_of(good("[store.memory]\npersist = true\n" + directory), "memory").durable.size(), 256u);
  EXPECT_TRUE(store_of(good("[store.memory]\npersist = false\n" + directory), "memory").durable.empty());
  EXPECT_TRUE(store_of(good("[store.memory]\npersist = []\n" + directory), "memory").durable.empty());
  EXPECT_EQ(store_of(good(directory), "memory").durable, (Bytes{17, 18}));
}

TEST(Stores, NamesOfPrefixesInAnySpelling) {
  const auto bytes = [](const std::string& name) {
    return good("[store.memory]\npersist = [\"" + name + "\"]\n").persistence.at("memory").first_bytes;
  };
  EXPECT_EQ(bytes("rate-smtp"), Bytes{6});
  EXPECT_EQ(bytes("RATE_LIMIT_SMTP"), Bytes{6});
  EXPECT_EQ(bytes("rate_smtp"), Bytes{6});
  EXPECT_EQ(bytes("Greylist"), Bytes{16});
  EXPECT_EQ(bytes("quota-blob"), Bytes{11});
  EXPECT_EQ(bytes("token-revision"), Bytes{11});
  EXPECT_EQ(bytes("rate"), (Bytes{2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(bytes("lock-queue"), (Bytes{21, 22}));
}

TEST(Stores, TheBuiltInOneStaysBesideListsAndWhereItIsTheDefault) {
  const Config beside = good("[store.traps.values]\n\"a@example.org\" = true\n[store.traps]\ntype = \"static\"\n");
  ASSERT_EQ(beside.segment.stores.size(), 1u);
  EXPECT_EQ(beside.segment.default_store, "memory");
  const Config named = good("[storage]\nlookup = \"memory\"\n[store.sessions]\n");
  ASSERT_EQ(named.segment.stores.size(), 2u);
  EXPECT_EQ(named.segment.default_store, "memory");
  EXPECT_EQ(good("[storage]\n").segment.default_store, "memory");
}

TEST(Stores, TheOnlyOneInTheSegmentIsTheDefault) {
  const Config config = good("[store.sessions]\nsize = \"1mb\"\n[lookup.traps]\na = 1\n");
  ASSERT_EQ(config.segment.stores.size(), 1u);
  EXPECT_EQ(config.segment.default_store, "sessions");
  const Config two = good("[store.a]\n[store.memory]\nsize = \"1mb\"\n");
  EXPECT_EQ(two.segment.default_store, "memory");
  EXPECT_EQ(two.segment.stores[0].name, "a") << "in the order of the file";
  EXPECT_EQ(store_of(two, "memory").size, 1u << 20);
}

TEST(Stores, PurgesCanBeSwitchedOff) {
  EXPECT_EQ(purge_of(good("[store.memory.purge]\nfrequency = \"never\"\n"), "memory"), nullptr);
  EXPECT_EQ(purge_of(good("[store.memory.purge]\nfrequency = false\n"), "memory"), nullptr);
}

TEST(Stores, ListsFromFiles) {
  const Config config = good(
      "[store.\"traps\"]\ntype = \"static\"\nfile = \"/etc/larder/traps.csv\"\nformat = \"csv\"\nseparator = \";\"\n"
      "key = 1\nvalue = 0\nskip-first = true\npatterns = false\n"
      "[store.\"traps\".limits]\nsize = \"1mb\"\nentries = 10\nentry = \"100b\"\n"
      "[store.plain]\ntype = \"static\"\nfile = \"/l\"\n");
  ASSERT_EQ(config.lists.size(), 2u);
  const ListSettings& list = config.lists[0];
  EXPECT_EQ(list.name, "traps");
  EXPECT_EQ(list.file, "/etc/larder/traps.csv");
  EXPECT_EQ(list.format, ListSettings::Format::csv);
  EXPECT_EQ(list.separator, ';');
  EXPECT_EQ(list.key_column, 1u);
  EXPECT_EQ(list.value_column, 0u);
  EXPECT_TRUE(list.skip_first);
  EXPECT_FALSE(list.patterns);
  EXPECT_EQ(list.max_bytes, 1u << 20);
  EXPECT_EQ(list.max_entries, 10u);
  EXPECT_EQ(list.max_entry_bytes, 100u);
  EXPECT_EQ(config.lists[1].format, ListSettings::Format::list);
  EXPECT_FALSE(config.lists[1].value_column);
  EXPECT_TRUE(config.lists[1].patterns);
}

TEST(Stores, ListsInTheConfiguration) {
  const Config config = good(
      "[store.traps]\ntype = \"static\"\n[store.traps.values]\n\"*.example.org\" = \"x\"\nb = 5\n"
      "[lookup.\"known-domains\"]\nexample.org = true\n\"a\" = 1.5\n");
  ASSERT_EQ(config.lists.size(), 2u);
  ASSERT_EQ(config.lists[0].entries.size(), 2u);
  EXPECT_EQ(config.lists[0].entries[0].key, "*.example.org");
  EXPECT_EQ(config.lists[0].entries[0].line, 4u);
  EXPECT_EQ(config.lists[0].entries[1].value, "5");
  ASSERT_EQ(config.lists[1].entries.size(), 2u);
  EXPECT_EQ(config.lists[1].name, "known-domains");
  EXPECT_EQ(config.lists[1].entries[0].key, "example.org");
  EXPECT_EQ(config.lists[1].entries[0].value, "true");
  EXPECT_EQ(config.lists[1].entries[1].value, "1.5");
}

TEST(StoreProblems, Default) {
  EXPECT_SAYS("[storage]\nlookup = \"redis\"\n[store.a]\n[lookup.b]\n",
              "t.toml:2:10: storage.lookup: no store is named \"redis\"; there are a, b");
  EXPECT_SAYS("[storage]\nlookup = \"x\"\n", "no store is named \"x\"; there are memory");
  EXPECT_SAYS("[storage]\nlookup = \"b\"\n[lookup.b]\na = 1\n",
              "storage.lookup: \"b\" is a static list, which nobody can write to; name a store of type \"memory\"");
  EXPECT_SAYS(
      "[store.a]\n[store.b]\n",
      "there are 2 stores, and none is said to be the default; write [storage] lookup = \"NAME\"; there are a, b");
  EXPECT_SAYS("[storage]\nlookup = 5\n", "storage.lookup: an integer is not a text");
  EXPECT_SAYS("[storage]\ndata = \"x\"\n", "unknown key \"data\" in [storage]");
  EXPECT_SAYS("storage = \"memory\"\n", "storage is a text, not a section; write [storage]");
}

TEST(StoreProblems, Types) {
  for (const char* type : {"redis", "Redis", "memcached", "sqlite", "rocksdb", "postgresql", "sharded-in-memory"}) {
    EXPECT_SAYS("[store.r]\ntype = \"" + std::string(type) + "\"\n",
                "t.toml:2:8: store.r.type: \"" + std::string(type) +
                    "\" is a type of other servers, which Larder does not speak to; the types are \"memory\" (in the "
                    "segment) and \"static\" (a list of an administrator)");
  }
  EXPECT_SAYS("[store.r]\ntype = \"memry\"\n", "store.r.type: \"memry\" is not a type of a store; the types are");
  EXPECT_SAYS("[store.r]\ntype = 1\n", "an integer is not a type of a store");
  EXPECT_SAYS("[store]\nr = \"16mb\"\n", "store.r: a text is not a store; write [store.\"r\"]");
  EXPECT_SAYS("[lookup]\nr = 1\n", "lookup.r: an integer is not a store; write [lookup.\"r\"]");
}

TEST(StoreProblems, NamesAreUniqueWhateverTheCase) {
  EXPECT_SAYS("[store.dnsTxt]\n",
              "t.toml:1:8: a cache is named \"dnsTxt\" already; caches, stores and lists share one");
  EXPECT_SAYS("[store.dnstxt]\n", "\"dnstxt\" differs from the cache \"dnsTxt\" only by case; choose another name");
  EXPECT_SAYS("[store.a]\n[store.A]\n", "t.toml:2:8: \"A\" differs from the store \"a\" only by case");
  EXPECT_SAYS("[store.a]\n[lookup.a]\nx = 1\n", "t.toml:2:9: a store is named \"a\" already");
  EXPECT_SAYS("[cache.own]\n[store.own]\n", "a cache is named \"own\" already");
  EXPECT_SAYS("[cache.memory]\n", "a cache is named \"memory\", as the built-in store is; choose another name for it");
  EXPECT_SAYS("[cache.Memory]\n[lookup.a]\n", "a cache is named \"Memory\", as the built-in store is");
  EXPECT_SAYS("[store.\"a b\"]\n", "\"a b\" is not a name");
}

TEST(StoreProblems, ValuesOfAStoreInTheSegment) {
  EXPECT_SAYS("[store.a]\nsize = \"1kb\"\n",
              "store.a.size: 1kb is out of range; allowed are 64kb (65536 bytes) to 32gb");
  EXPECT_SAYS("[store.a]\npage = \"3kb\"\n", "store.a.page: 3kb is not a power of two");
  EXPECT_SAYS("[store.a]\nsize = \"64kb\"\npage = \"16kb\"\n", "store a: 65536 bytes hold only 4 pages of 16384 bytes");
  EXPECT_SAYS("[store.a]\nexpected = 0\n", "store.a.expected: 0b is out of range");
  EXPECT_SAYS("[store.a]\nsice = 1\n", "unknown key \"sice\" in [store.a]; did you mean \"size\"?");
  EXPECT_SAYS("[store.a]\nfile = \"/l\"\n", "unknown key \"file\" in [store.a]");
  EXPECT_SAYS("[store.a]\ndroppable = [\"greylst\"]\n",
              "store.a.droppable: no prefix is called \"greylst\"; did you mean \"greylist\"?");
  EXPECT_SAYS("[store.a]\ndroppable = [\"xyzzyplughfoo\"]\n", "docs/prefixes.md lists them");
  EXPECT_SAYS("[store.a]\ndroppable = [256]\n", "256 is not a prefix; a prefix is the first byte of a key, 0 to 255");
  EXPECT_SAYS("[store.a]\ndroppable = [-1]\n", "-1 is not a prefix");
  EXPECT_SAYS("[store.a]\ndroppable = [1.5]\n", "a fraction is not a prefix; write numbers or names");
  EXPECT_SAYS("[store.a]\ndroppable = \"greylist\"\n", "a text is not a list of prefixes; write numbers or names");
  EXPECT_SAYS(
      "[store.a]\ndroppable = [\"lock-dav\"]\n",
      "store.a.droppable: 25 (lock-dav) must not be dropped: mail servers rely on such records staying; what may "
      "go are rate-rcpt,");
  EXPECT_SAYS("[store.a]\ndroppable = true\n", "0 (acme) must not be dropped");
  EXPECT_SAYS("[store.a]\npersist = 17\n", "store.a.persist: an integer is not a list of prefixes");
  EXPECT_SAYS("[store.a.persistence]\ndirectory = \"lib\"\n",
              "store.a.persistence.directory: not a directory; write an");
  EXPECT_SAYS("[store.a.persistence]\ninterval = \"99ms\"\n", "99ms is out of range; allowed are 100ms to 1h");
  EXPECT_SAYS("[store.a.persistence]\ninterval = \"61m\"\n", "61m is out of range");
  EXPECT_SAYS("[store.a.persistence]\npath = \"/x\"\n", "unknown key \"path\" in [store.a.persistence]");
  EXPECT_SAYS("[store.a]\npersistence = \"/x\"\n", "a text is not a table; write [store.a.persistence]");
  EXPECT_SAYS("[store.a.purge]\nfrequency = \"0 3\"\n", "store.a.purge.frequency: \"0 3\" is not a schedule");
  EXPECT_SAYS("[store.a.purge]\nfrequency = 5\n", "an integer is not a schedule");
  EXPECT_SAYS("[store.a.purge]\nevery = \"0 3 *\"\n", "unknown key \"every\" in [store.a.purge]");
}

TEST(StoreProblems, Lists) {
  const std::string head = "[store.l]\ntype = \"static\"\n";
  EXPECT_SAYS(head, "store.l: a static store needs a list; write file = \"/path\", or its entries in [store.l.values]");
  EXPECT_SAYS(head + "file = \"x.csv\"\n", "store.l.file: not the path of a list; write an absolute path");
  EXPECT_SAYS(head + "file = \"/x\"\nformat = \"json\"\n",
              "store.l.format: \"json\" is not a format of a list; write \"list\", \"csv\" or \"toml\"");
  EXPECT_SAYS(head + "file = \"/x\"\nformat = 1\n", "an integer is not a format");
  EXPECT_SAYS(head + "file = \"/x\"\nformat = \"csv\"\nseparator = \"ab\"\n",
              "store.l.separator: not a separator; write one");
  EXPECT_SAYS(head + "file = \"/x\"\nformat = \"csv\"\nseparator = \"\\\"\"\n", "not a separator");
  EXPECT_SAYS(head + "file = \"/x\"\nformat = \"csv\"\nkey = 1001\n", "1001 is out of range; allowed are 0 to 1000");
  EXPECT_SAYS(head + "file = \"/x\"\nkey = 1\n",
              "t.toml:4:1: store.l.key says nothing here; it is for a file of format = \"csv\"");
  EXPECT_SAYS(head + "file = \"/x\"\nformat = \"toml\"\nskip-first = true\n", "store.l.skip-first says nothing here");
  EXPECT_SAYS(head + "format = \"csv\"\n[store.l.values]\na = 1\n", "store.l.format says nothing here");
  EXPECT_SAYS(head + "file = \"/x\"\n[store.l.values]\na = 1\n",
              "store.l: a list comes from a file or has values here, not both; leave file or values out");
  EXPECT_SAYS(head + "values = 5\n", "store.l.values: an integer is not a table");
  EXPECT_SAYS(head + "[store.l.values]\na = [1]\n", "t.toml:4:1: \"a\" has no value of a list; write a text, a number");
  EXPECT_SAYS("[lookup.l]\na = 1979-05-27\n", "\"a\" has no value of a list");
  EXPECT_SAYS(head + "file = \"/x\"\nsize = \"1mb\"\n", "unknown key \"size\" in [store.l]");
  EXPECT_SAYS(head + "file = \"/x\"\n[store.l.limits]\nentries = 0\n", "store.l.limits.entries: 0 is out of range");
}

TEST(StoreProblems, TooManyRegions) {
  std::string text = "[cache]\n";
  for (int i = 0; i < 231; ++i) text += "c" + std::to_string(i) + " = \"2kb\"\n";
  EXPECT_SAYS(text, "257 caches and stores are too many; a segment holds at most 256");
}

void expect_same(const ListSettings& a, const ListSettings& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.file, b.file);
  EXPECT_EQ(a.format, b.format);
  EXPECT_EQ(a.separator, b.separator);
  EXPECT_EQ(a.key_column, b.key_column);
  EXPECT_EQ(a.value_column, b.value_column);
  EXPECT_EQ(a.skip_first, b.skip_first);
  EXPECT_EQ(a.patterns, b.patterns);
  EXPECT_EQ(a.max_bytes, b.max_bytes);
  EXPECT_EQ(a.max_entries, b.max_entries);
  EXPECT_EQ(a.max_entry_bytes, b.max_entry_bytes);
  ASSERT_EQ(a.entries.size(), b.entries.size());
  for (size_t i = 0; i < a.entries.size(); ++i) {
    EXPECT_EQ(a.entries[i].key, b.entries[i].key);
    EXPECT_EQ(a.entries[i].value, b.entries[i].value);
  }
}

void expect_round_trip(const Config& a) {
  const std::string text = show(a);
  const Config b = good(text);
  EXPECT_EQ(a.segment.default_store, b.segment.default_store);
  ASSERT_EQ(a.segment.stores.size(), b.segment.stores.size());
  for (size_t i = 0; i < a.segment.stores.size(); ++i) {
    const StoreOptions &x = a.segment.stores[i], &y = b.segment.stores[i];
    EXPECT_EQ(x.name, y.name);
    EXPECT_EQ(x.size, y.size);
    EXPECT_EQ(x.expected_entry, y.expected_entry);
    EXPECT_EQ(x.page_size, y.page_size);
    EXPECT_EQ(x.droppable, y.droppable);
    EXPECT_EQ(x.durable, y.durable);
    EXPECT_EQ(a.persistence.at(x.name).directory, b.persistence.at(x.name).directory);
    EXPECT_EQ(a.persistence.at(x.name).interval, b.persistence.at(x.name).interval);
    EXPECT_EQ(a.persistence.at(x.name).first_bytes, b.persistence.at(x.name).first_bytes);
    const Schedule *p = purge_of(a, x.name), *q = purge_of(b, x.name);
    ASSERT_EQ(p == nullptr, q == nullptr) << text;
    if (p != nullptr) {
      EXPECT_EQ(p->cron, q->cron);
    }
  }
  ASSERT_EQ(a.lists.size(), b.lists.size()) << text;
  for (size_t i = 0; i < a.lists.size(); ++i) expect_same(a.lists[i], b.lists[i]);
}

TEST(StoreShow, ReadsBack) {
  expect_round_trip(defaults());
  expect_round_trip(
      good("[storage]\nlookup = \"my.store\"\n[store.\"my.store\"]\nsize = \"1mb\"\nexpected = 33\npage = 1024\n"
           "droppable = [\"rate\", 16, 77]\npersist = true\n[store.\"my.store\".persistence]\ndirectory = \"/d\"\n"
           "interval = 1234\n[store.\"my.store\".purge]\nfrequency = \"never\"\n"
           "[store.other]\npersist = [1, 99]\n[store.other.purge]\nfrequency = \"1 2 3\"\n"
           "[store.l1]\ntype = \"static\"\nfile = \"/a b\"\nformat = \"csv\"\nseparator = \"\\t\"\nkey = 3\nvalue = 4\n"
           "skip-first = true\npatterns = false\n[store.l1.limits]\nsize = 100\nentries = 5\nentry = 7\n"
           "[store.l2]\ntype = \"static\"\nfile = \"/a\"\nformat = \"toml\"\n"
           "[store.l3]\ntype = \"static\"\n[store.l3.values]\n\"x \\\" y\" = \"1\\n2\"\n\"*.a\" = 5\n"
           "[lookup.l4]\nz = true\na.b = 2\n[lookup.l5]\n"));
}

TEST(StoreShow, OriginsOfStoresAndEntries) {
  const std::string text =
      show(good("[store.memory]\nsize = \"1mb\"\n[store.memory.purge]\nfrequency = \"0 3 *\"\n"
                "[lookup.l]\na = 1\n"));
  EXPECT_NE(text.find("size = \"1mb\"                             # t.toml:2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("frequency = \"0 3 *\"                      # t.toml:4\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\"a\" = \"1\"                                # t.toml:6\n"), std::string::npos) << text;
  EXPECT_NE(text.find("lookup = \"memory\"                        # default\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace larder::config
