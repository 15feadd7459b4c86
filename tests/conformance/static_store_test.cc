// static_store_test.cc – static lists: patterns, types, sources, limits, reloading.
#include "backend/static_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "backend/glob.h"
#include "backend/static_file.h"
#include "backend/static_toml.h"
#include "support/temp_directory.h"

namespace larder::backend {
namespace {

using test::TempDirectory;
using Type = StaticValue::Type;

StaticList list_of(std::vector<StaticItem> items, bool patterns = true) {
  auto list = StaticList::build(items, {}, "test", patterns);
  if (!list) throw std::runtime_error(list.error().message);
  return std::move(*list);
}

std::string found(const StaticList& list, std::string_view key) {
  const StaticValue* value = list.find(key);
  return value == nullptr ? "<absent>" : value->text;
}

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::trunc) << text; }

TEST(Glob, Matches) {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  for (const auto& [pattern, text, matches] : std::vector<Case>{
           {"", "", true},
           {"", "a", false},
           {"a", "a", true},
           {"a", "A", false},
           {"*", "", true},
           {"*", "anything", true},
           {"?", "", false},
           {"?", "a", true},
           {"?", "ab", false},
           {"a*c", "abbbc", true},
           {"a*c", "abbb", false},
           {"*.org", "a.b.org", true},
           {"*.org", "org", false},
           {"*a*b*", "xxaxxbxx", true},
           {"*a*b*", "xxbxxaxx", false},
           {"**", "x", true},
           {"a?c",
            "a\xC3\xA9"
            "c",
            true},
           {"?", "\xE2\x82\xAC", true},
           {"a\\*", "a*", true},
           {"a\\*", "ab", false},
           {"\\?", "?", true},
           {"\\?", "x", false},
           {"a\\", "a\\", true},
           {"\\\\", "\\", true},
           {"*ab", "aaab", true},
           {"*aab", "aaaab", true},
           {"a*", "", false},
           {"\\a", "a", true},
       }) {
    EXPECT_EQ(glob_matches(pattern, text), matches) << pattern << " on " << text;
  }
}

TEST(Glob, TakesNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "a*";
  EXPECT_FALSE(glob_matches(pattern + "b", std::string(2000, 'a')));
}

TEST(Glob, AnEscapedWildcardIsNone) {
  EXPECT_TRUE(has_wildcard("a*"));
  EXPECT_TRUE(has_wildcard("\\\\?"));
  EXPECT_FALSE(has_wildcard("a\\*\\?"));
  EXPECT_EQ(without_escapes("a\\*b\\\\c\\"), "a*b\\c\\");
}

TEST(StaticList, ExactEntriesWinThenPatternsInTheirOrder) {
  const StaticList list = list_of({{"*.example.org", "first", 0},
                                   {"*.org", "second", 0},
                                   {"www.example.org", "exact", 0},
                                   {"*.example.org", "third", 0},
                                   {"lit\\*eral", "escaped", 0}});
  EXPECT_EQ(found(list, "www.example.org"), "exact");
  EXPECT_EQ(found(list, "mail.example.org"), "first");
  EXPECT_EQ(found(list, "larder.org"), "second");
  EXPECT_EQ(found(list, "MAIL.EXAMPLE.ORG"), "<absent>");
  EXPECT_EQ(found(list, "lit*eral"), "escaped");
  EXPECT_EQ(found(list, "literal"), "<absent>");
  EXPECT_EQ(list.exact().size(), 2u);
  EXPECT_EQ(list.patterns(), 3u);
}

TEST(StaticList, WithoutPatternsKeysAreTakenAsWritten) {
  const StaticList list = list_of({{"http://x/?q=*", "a", 0}, {"b\\*", "b", 0}}, false);
  EXPECT_EQ(found(list, "http://x/?q=*"), "a");
  EXPECT_EQ(found(list, "http://x/yq=z"), "<absent>");
  EXPECT_EQ(found(list, "b\\*"), "b");
}

TEST(StaticList, TheLaterOfTwoEqualKeysHolds) {
  EXPECT_EQ(found(list_of({{"k", "old", 1}, {"k", "new", 2}}), "k"), "new");
}

TEST(StaticList, ValuesAreTyped) {
  struct Case {
    const char* text;
    Type type;
    const char* shown;
  };
  for (const auto& [text, type, shown] : std::vector<Case>{
           {"0", Type::integer, "0"},
           {"42", Type::integer, "42"},
           {"-42", Type::integer, "-42"},
           {"007", Type::integer, "7"},
           {"9223372036854775807", Type::integer, "9223372036854775807"},
           {"-9223372036854775808", Type::integer, "-9223372036854775808"},
           {"9223372036854775808", Type::text, "9223372036854775808"},
           {"0.5", Type::fraction, "0.5"},
           {"-1.25", Type::fraction, "-1.25"},
           {"5.", Type::fraction, "5."},
           {"1.2.3", Type::text, "1.2.3"},
           {".", Type::text, "."},
           {"-", Type::text, "-"},
           {"+5", Type::text, "+5"},
           {"5 ", Type::text, "5 "},
           {"1e5", Type::text, "1e5"},
           {"0x10", Type::text, "0x10"},
           {"true", Type::integer, "1"},
           {"false", Type::integer, "0"},
           {"True", Type::text, "True"},
           {"", Type::text, ""},
           {"text", Type::text, "text"},
       }) {
    const StaticValue value = typed(text);
    EXPECT_EQ(value.type, type) << '"' << text << '"';
    EXPECT_EQ(value.text, shown);
  }
  EXPECT_EQ(typed("-42").integer, -42);
  EXPECT_EQ(typed("-1.25").fraction, -1.25);
  EXPECT_EQ(typed(std::nullopt).integer, 1) << "members of a list carry the integer 1";
}

TEST(StaticList, LimitsNameFileAndLine) {
  const auto refusal = [](std::vector<StaticItem> items, const StaticLimits& limits) {
    const auto list = StaticList::build(items, limits, "l.txt");
    return list ? std::string("accepted") : list.error().message;
  };
  EXPECT_EQ(refusal({{"abcd", "ef", 3}}, {.entry_bytes = 6}), "accepted");
  EXPECT_EQ(refusal({{"abcd", "ef", 3}}, {.entry_bytes = 5}), "l.txt:3: an entry of 6 bytes; at most 5 are allowed");
  EXPECT_EQ(refusal({{"a", {}, 1}, {"b", {}, 2}}, {.entries = 2}), "accepted");
  EXPECT_EQ(refusal({{"a", {}, 1}, {"b", {}, 2}}, {.entries = 1}), "l.txt:2: the list has more than 1 entries");
  EXPECT_EQ(refusal({{"a", "b", 1}, {"c", "d", 2}}, {.bytes = 4}), "accepted");
  EXPECT_EQ(refusal({{"a", "b", 1}, {"c", "d", 2}}, {.bytes = 3}), "l.txt:2: the list is longer than 3 bytes");
  EXPECT_EQ(refusal({{"", "b", 9}}, {}), "l.txt:9: a key is empty");
  EXPECT_EQ(refusal({{std::string(kMaxKeyBytes + 1, 'k'), {}, 9}}, {.entry_bytes = 5000}),
            "l.txt:9: a key is too long");
}

TEST(StaticFile, OneKeyALine) {
  const auto items = parse_items("\xEF\xBB\xBFone\r\n\n  two \nthree, four", {}, "l.txt");
  ASSERT_TRUE(items) << items.error().message;
  ASSERT_EQ(items->size(), 3u);
  EXPECT_EQ((*items)[0].key, "one");
  EXPECT_EQ((*items)[1].key, "two");
  EXPECT_EQ((*items)[1].line, 3u);
  EXPECT_EQ((*items)[2].key, "three, four");
  EXPECT_EQ((*items)[2].value, std::nullopt);
  EXPECT_TRUE(parse_items("", {}, "l.txt")->empty());
}

TEST(StaticFile, ColumnsOfCsv) {
  FileFormat format{
      .kind = FileFormat::Kind::csv, .separator = ';', .key_column = 1, .value_column = 0, .skip_first = true};
  const auto items = parse_items("value;key\n5;a\n\"x;\"\"y\"\"\";\"b c\"\n;d\n", format, "l.csv");
  ASSERT_TRUE(items) << items.error().message;
  ASSERT_EQ(items->size(), 3u);
  EXPECT_EQ((*items)[0].key, "a");
  EXPECT_EQ((*items)[0].value, "5");
  EXPECT_EQ((*items)[1].key, "b c");
  EXPECT_EQ((*items)[1].value, "x;\"y\"");
  EXPECT_EQ((*items)[1].line, 3u);
  EXPECT_EQ((*items)[2].value, "");
}

TEST(StaticFile, ALineWithoutTheValueColumnCarriesOne) {
  const FileFormat format{.kind = FileFormat::Kind::csv, .value_column = 1};
  const auto items = parse_items("a\nb,2\n", format, "l.csv");
  ASSERT_TRUE(items);
  EXPECT_EQ((*items)[0].value, std::nullopt);
  EXPECT_EQ((*items)[1].value, "2");
}

TEST(StaticFile, ErrorsNameFileAndLine) {
  const FileFormat format{.kind = FileFormat::Kind::csv, .key_column = 1};
  const auto refusal = [&](const char* text) {
    const auto items = parse_items(text, format, "l.csv");
    return items ? std::string("accepted") : items.error().message;
  };
  EXPECT_EQ(refusal("a,b\nc\n"), "l.csv:2: there are 1 columns, but the key is in column 1 (counted from 0)");
  EXPECT_EQ(refusal("a,\"b\n"), "l.csv:1: a quoted column does not end on its line");
  EXPECT_EQ(refusal("a,b\n\"a\"b,c\n"), "l.csv:2: a quoted column is not followed by the separator");
  EXPECT_EQ(refusal("a,\"\"\n"), "accepted") << "that the key is empty is the list's complaint";
}

TEST(StaticFile, UnreadableAndTooLongFiles) {
  const TempDirectory directory;
  const auto missing = load_list(directory / "none", {}, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_NE(missing.error().message.find("/none"), std::string::npos);
  write(directory / "long", std::string(100, 'x'));
  const auto too_long = load_list(directory / "long", {}, {.bytes = 99});
  ASSERT_FALSE(too_long);
  EXPECT_NE(too_long.error().message.find("longer than 99 bytes"), std::string::npos) << too_long.error().message;
  EXPECT_TRUE(load_list(directory / "long", {}, {.bytes = 100}));
  EXPECT_FALSE(load_list(directory.path(), {}, {})) << "a directory is no list";
}

TEST(StaticToml, TablesInTheOrderOfTheFile) {
  const char* text =
      "[lookup.other]\nx = 1\n"
      "[lookup.\"spam-traps\"]\n\"z*\" = \"first\"\nexample.org = true\nb = -5\n\"?*\" = \"second\"\nf = 0.25\n"
      "text = \"007x\"\n";
  const auto items = parse_toml_items(text, "spam-traps", "c.toml");
  ASSERT_TRUE(items) << items.error().message;
  const StaticList list = list_of(*items);
  EXPECT_EQ(found(list, "example.org"), "1");
  EXPECT_EQ(list.find("b")->integer, -5);
  EXPECT_EQ(list.find("f")->fraction, 0.25);
  EXPECT_EQ(found(list, "text"), "007x");
  EXPECT_EQ(found(list, "zz"), "first");
  EXPECT_EQ(found(list, "yy"), "second");
  EXPECT_EQ(found(list, "x"), "second") << "of the other table only its own keys";
  EXPECT_EQ((*items)[1].line, 5u);
}

TEST(StaticToml, ErrorsNameFileAndLine) {
  const auto refusal = [](const std::string& text) {
    const auto items = parse_toml_items(text, "l", "c.toml");
    return items ? std::string("accepted") : items.error().message;
  };
  EXPECT_EQ(refusal("[lookup.l]\na = 1\n"), "accepted");
  EXPECT_NE(refusal("[lookup.l]\na = 1\nb = [1, 2]\n").find("c.toml:3:"), std::string::npos);
  EXPECT_NE(refusal("[lookup.m]\na = 1\n").find("no list [lookup.l]"), std::string::npos);
  EXPECT_NE(refusal("[lookup.l\n").find("c.toml"), std::string::npos);
}

class Reload : public ::testing::Test {
 protected:
  Reload() : path_(directory_ / "list.csv") {}
  Result<std::unique_ptr<StaticStore>> open() {
    const FileFormat format{.kind = FileFormat::Kind::csv, .value_column = 1};
    return StaticStore::open("list", [path = path_, format] { return load_list(path, format, {}); });
  }
  TempDirectory directory_;
  std::string path_;
};

TEST_F(Reload, SwapsTheWholeList) {
  write(path_, "a,1\nb,2\n");
  auto store = open();
  ASSERT_TRUE(store) << store.error().message;
  Record before, after;
  ASSERT_EQ((*store)->fetch("a", before), StoreStatus::ok);
  write(path_, "a,one\nc,3\n");
  EXPECT_EQ((*store)->counter_get("a").value, 1) << "not before it is asked to";
  ASSERT_TRUE((*store)->reload());
  ASSERT_EQ((*store)->fetch("a", after), StoreStatus::ok);
  EXPECT_EQ(after.value, "one");
  EXPECT_GT(after.version, before.version);
  EXPECT_EQ((*store)->counter_get("a").status, StoreStatus::wrong_type);
  EXPECT_EQ((*store)->key_exists("b"), StoreStatus::absent);
  EXPECT_EQ((*store)->counter_get("c").value, 3);
  EXPECT_EQ((*store)->typed_get("c")->type, StaticValue::Type::integer);
  EXPECT_EQ((*store)->typed_get("b"), std::nullopt);
}

TEST_F(Reload, ABadListLeavesTheOldOne) {
  write(path_, "a,1\n");
  auto store = open();
  ASSERT_TRUE(store);
  write(path_, "a,2\n\"b,3\n");
  const Status bad = (*store)->reload();
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("list.csv:2:"), std::string::npos) << bad.error().message;
  EXPECT_EQ((*store)->counter_get("a").value, 1);
  EXPECT_EQ((*store)->generation(), 1u);
  write(path_, "a,4\n");
  EXPECT_TRUE((*store)->reload());
  EXPECT_EQ((*store)->counter_get("a").value, 4);
}

TEST_F(Reload, AStoreDoesNotOpenOnABadList) {
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::not_found);
}

TEST(StaticStore, ReadersSeeOneWholeListDuringReloads) {
  std::atomic<int> round{0};
  const auto source = [&]() -> Result<StaticList> {
    const std::string value = std::to_string(round++);
    return list_of({{"first", value, 0}, {"last*", value, 0}});
  };
  auto store = StaticStore::open("list", source);
  ASSERT_TRUE(store);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      const uint64_t before = (*store)->generation();
      const auto first = (*store)->typed_get("first"), last = (*store)->typed_get("last one");
      if ((*store)->generation() != before) continue;
      EXPECT_EQ(first->integer, last->integer);
    }
  });
  for (int i = 0; i < 300; ++i) EXPECT_TRUE((*store)->reload());
  done = true;
  reader.join();
  EXPECT_EQ((*store)->generation(), 301u);
}

}  // namespace
}  // namespace larder::backend
