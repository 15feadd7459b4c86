// stores_test.cc – every store of a configuration behind one door: names, the default one, lists that change.
#include "larder/stores.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "support/segments.h"

namespace larder::test {
namespace {

class NamedStores : public ::testing::Test {
 protected:
  void SetUp() override {
    SegmentOptions options = segment_options(directory_, {cache_options("cache", 64 << 10)});
    for (const char* name : {"first", "main"}) {
      StoreOptions store;
      store.name = name;
      store.size = 64 << 10;
      options.stores.push_back(store);
    }
    options.default_store = "main";
    segment_.emplace(create_segment(options));
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(files_ / name, std::ios::trunc) << text;
    return files_ / name;
  }
  Stores open(const std::string& config = {}) const {
    auto stores = Stores::open(*segment_, config.empty() ? config : write("larder.toml", config));
    if (!stores) throw std::runtime_error(stores.error().message);
    return std::move(*stores);
  }
  std::string value(const Stores& stores, const std::string& store, const std::string& key) const {
    const auto found = stores.get(store);
    if (!found) return "(no store)";
    std::string out;
    const StoreStatus status = (*found)->key_get(key, out);
    return status == StoreStatus::ok ? out : to_string(status);
  }

  TempDirectory directory_, files_;
  std::optional<Segment> segment_;
};

constexpr const char* kTwoStores = "[storage]\nlookup = \"main\"\n[store.main]\n[store.first]\n";

TEST_F(NamedStores, TheEmptyNameIsTheDefaultOne) {
  EXPECT_EQ(segment_->store_names(), (std::vector<std::string>{"main", "first"}));
  const auto store = segment_->store("");
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->name(), "main");
  EXPECT_EQ((*segment_->store("first"))->name(), "first");
  const Segment again = attach_segment(directory_.path());
  EXPECT_EQ((*again.store(""))->name(), "main") << "the segment itself knows";
  const Stores stores = open();
  EXPECT_EQ((**stores.get()).name(), "main");
  EXPECT_EQ((**stores.get("")).name(), "main");
  EXPECT_EQ(stores.names(), (std::vector<std::string>{"main", "first"}));
}

TEST_F(NamedStores, ASegmentWithoutStoresSaysSo) {
  const TempDirectory other;
  const Segment segment = create_segment(segment_options(other, {cache_options("cache", 64 << 10)}));
  const auto store = segment.store("");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::not_found);
  EXPECT_EQ(store.error().message, "segment test has no store");
  EXPECT_EQ(store.error().hint, "write one into the configuration: [store.\"name\"]");
}

TEST_F(NamedStores, ADefaultThatIsNoneOfThemIsRefused) {
  const TempDirectory other;
  SegmentOptions options = segment_options(other, {cache_options("cache", 64 << 10)});
  options.stores.emplace_back();
  options.default_store = "cache";
  const auto segment = Segment::create(options);
  ASSERT_FALSE(segment);
  EXPECT_EQ(segment.error().message, "segment test: the default store 'cache' is none of its stores");
}

TEST_F(NamedStores, AllAreFoundByName) {
  const std::string list = write("traps.txt", "trap@example.org\n*@traps.example.org\n");
  const std::string csv = write("map.csv", "name;port\n\"a;b\";25\nc;2.5\n");
  const std::string toml = write("more.toml", "[lookup.more]\nx = 5\n");
  const Stores stores = open(std::string(kTwoStores) + "[store.traps]\ntype = \"static\"\nfile = \"" + list +
                             "\"\n[store.map]\ntype = \"static\"\nfile = \"" + csv +
                             "\"\nformat = \"csv\"\nseparator = \";\"\nvalue = 1\nskip-first = true\n"
                             "[store.more]\ntype = \"static\"\nformat = \"toml\"\nfile = \"" +
                             toml + "\"\n[lookup.relays]\n\"*.example.org\" = \"relay-a\"\n\"mx.example.org\" = 7\n");
  EXPECT_EQ(stores.names(), (std::vector<std::string>{"main", "first", "traps", "map", "more", "relays"}));
  EXPECT_TRUE((*stores.get("first"))->key_set("k", "v"));
  EXPECT_EQ(value(stores, "first", "k"), "v");
  EXPECT_EQ(value(stores, "", "k"), "absent");
  EXPECT_EQ(value(stores, "traps", "trap@example.org"), "1");
  EXPECT_EQ(value(stores, "traps", "x@traps.example.org"), "1");
  EXPECT_EQ(value(stores, "traps", "other@example.org"), "absent");
  EXPECT_EQ(value(stores, "map", "a;b"), "25");
  EXPECT_EQ(value(stores, "map", "c"), "2.5");
  EXPECT_EQ(value(stores, "map", "name"), "absent");
  EXPECT_EQ(value(stores, "more", "x"), "5");
  EXPECT_EQ(value(stores, "relays", "mx.example.org"), "7") << "exact entries before patterns";
  EXPECT_EQ(value(stores, "relays", "smtp.example.org"), "relay-a");
  EXPECT_EQ((*stores.get("relays"))->key_set("a", "b").status, StoreStatus::not_supported);
}

TEST_F(NamedStores, AnUnknownNameIsToldTheNamesThereAre) {
  const Stores stores = open(std::string(kTwoStores) + "[store.later]\n[lookup.relays]\na = 1\n");
  const auto unknown = stores.get("redis");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::not_found);
  EXPECT_EQ(unknown.error().message, "no store is named \"redis\"");
  EXPECT_EQ(unknown.error().hint, "there are: main, first, relays");
  const auto later = stores.get("later");
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().message, "store \"later\" is in the configuration, but not in the segment, which is older");
}

TEST_F(NamedStores, ABadListOrConfigurationIsRefusedAtOnce) {
  const std::string absent = files_ / "absent.txt";
  const std::string config = write("larder.toml", "[store.traps]\ntype = \"static\"\nfile = \"" + absent + "\"\n");
  const auto stores = Stores::open(*segment_, config);
  ASSERT_FALSE(stores);
  EXPECT_EQ(stores.error().code, Code::not_found);
  EXPECT_NE(stores.error().message.find(absent), std::string::npos) << stores.error().message;
  EXPECT_FALSE(Stores::open(*segment_, write("larder.toml", "[store.traps]\ntype = \"redis\"\n")));
  const auto longer =
      Stores::open(*segment_, write("larder.toml", "[lookup.l]\na = \"" + std::string(600, 'x') + "\"\n"));
  ASSERT_FALSE(longer);
  EXPECT_NE(longer.error().message.find("larder.toml:2: an entry of 601 bytes"), std::string::npos)
      << longer.error().message;
}

TEST_F(NamedStores, AListThatChangedIsReadAnewAndABadOneStays) {
  const std::string list = write("l.csv", "a,1\n");
  Stores stores =
      open(std::string(kTwoStores) + "[store.l]\ntype = \"static\"\nformat = \"csv\"\nvalue = 1\nfile = \"" + list +
           "\"\n[lookup.inline]\na = 1\n");
  const Store* before = *stores.get("l");
  write("l.csv", "a,2\n");  // as long as before, and perhaps within the same tick of the file system's clock
  EXPECT_TRUE(stores.reload());
  EXPECT_EQ(value(stores, "l", "a"), "2");
  EXPECT_EQ(*stores.get("l"), before) << "who uses it needs not ask again";

  write("l.csv", "\"a,3\n");
  const Status broken = stores.reload();
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("l.csv:1: a quoted column does not end"), std::string::npos)
      << broken.error().message;
  EXPECT_EQ(value(stores, "l", "a"), "2");
  EXPECT_FALSE(stores.reload()) << "said until it is mended";
  write("l.csv", "a,4\n");
  EXPECT_TRUE(stores.reload());
  EXPECT_EQ(value(stores, "l", "a"), "4");

  write("larder.toml", std::string(kTwoStores) + "[lookup.inline]\na = 5\nb = 6\n");
  EXPECT_TRUE(stores.reload());
  EXPECT_EQ(value(stores, "inline", "a"), "5");
  EXPECT_EQ(value(stores, "inline", "b"), "6");
  write("larder.toml", kTwoStores);
  const Status gone = stores.reload();
  ASSERT_FALSE(gone);
  EXPECT_NE(gone.error().message.find("it has no entries of the list inline any more"), std::string::npos);
  EXPECT_EQ(value(stores, "inline", "a"), "5");
}

TEST_F(NamedStores, AListThatDidNotChangeIsNotReadAgain) {
  const std::string list = write("l.txt", "a\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(150));  // until a further change would show
  Stores stores = open("[store.l]\ntype = \"static\"\nfile = \"" + list + "\"\n");
  const auto version = [&] {
    Record record;
    EXPECT_EQ((*stores.get("l"))->fetch("a", record), StoreStatus::ok);
    return record.version;
  };
  EXPECT_TRUE(stores.reload());
  EXPECT_EQ(version(), 1u);
  write("l.txt", "a\nb\n");
  EXPECT_TRUE(stores.reload());
  EXPECT_EQ(version(), 2u);
}

TEST_F(NamedStores, ReadersSeeOneWholeListWhileItIsReadAnew) {
  const auto text = [](int round) {
    const std::string digits = std::to_string(round);
    return "a," + digits + "\nb," + digits + "\n";
  };
  const std::string list = write("l.csv", text(0));
  Stores stores = open("[store.l]\ntype = \"static\"\nformat = \"csv\"\nvalue = 1\nfile = \"" + list + "\"\n");
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    Store* store = *stores.get("l");
    while (!stop) {
      const ScanPage page = store->scan("", 0, 100);
      ASSERT_EQ(page.items.size(), 2u);
      EXPECT_EQ(page.items[0].record.value, page.items[1].record.value);
    }
  });
  for (int round = 1; round <= 50; ++round) {
    const std::string fresh = write("next", text(round));
    ASSERT_EQ(std::rename(fresh.c_str(), list.c_str()), 0);
    EXPECT_TRUE(stores.reload());
  }
  stop = true;
  reader.join();
  EXPECT_EQ(value(stores, "l", "a"), "50");
}

}  // namespace
}  // namespace larder::test
