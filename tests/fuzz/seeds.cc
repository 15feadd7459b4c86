// seeds.cc – fuzz_seeds DIRECTORY writes one or more good examples for every target into DIRECTORY/TARGET.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "dump/writer.h"
#include "fuzz/targets.h"
#include "larder/result.h"
#include "persist/disk.h"
#include "support/temp_directory.h"

namespace larder {
namespace {

namespace files = std::filesystem;

class Seeds {
 public:
  explicit Seeds(files::path directory) : directory_(std::move(directory)) {}

  void add(const char* target, std::string_view bytes) const {
    files::create_directories(directory_ / target);
    std::ofstream(directory_ / target / fmt::format("seed-{}", ++number_), std::ios::binary) << bytes;
  }

 private:
  files::path directory_;
  mutable int number_ = 0;
};

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void add_texts(const Seeds& seeds) {
  seeds.add("configuration", content_of(LARDER_CONF));
  seeds.add("configuration",
            "[segment]\nname = \"mail\"\nworkers = 8\n[cache.dnsTxt]\nsize = \"1mb\"\nttl = \"5m\"\nidle = \"1h\"\n"
            "[cache.dnsTxt.policy]\ncold = 0.2\n[store.memory]\nsize = \"4mb\"\n");
  seeds.add("configuration",
            "[store.list]\ntype = \"static\"\nformat = \"csv\"\nfile = \"/etc/list\"\n[lookup.list]\n\"a*\" = 1\n");
  for (const char* word : {"10mb", "5m30s", "off", "100/1d", "15 * *", "45 5 2", "192.0.2.0/24", "2001:db8::1",
                           "*.php*\n/a.php", "a\\*?c\na*xc", "::ffff:192.0.2.7"})
    seeds.add("words", word);
  seeds.add("lists",
            "\x01"
            "example.org\n# comment\n*.example.com\n");
  seeds.add("lists",
            "\x66"
            "\"a,b\",1,2\nkey,x,3.5\n\"with \"\"quotes\"\"\",,\n");
  seeds.add("lists",
            std::string_view("\0[lookup.list]\n\"key\" = \"value\"\nnumber = 5\nhalf = 0.5\nyes = true\n", 71));
}

void add_dump(const Seeds& seeds) {
  dump::Header header{.id = 7, .created_unix_ms = 1'700'000'000'000, .layout = 7, .segment = "mail"};
  header.regions = {{dump::RegionKind::cache, "dnsTxt"}, {dump::RegionKind::store, "memory"}};
  std::string file;
  dump::Writer writer(header, [&](std::string_view bytes) -> Status {
    file += bytes;
    return Done{};
  });
  dump::Record entry{.key = "example.org",
                     .value = "v=spf1 -all",
                     .expires = 1'800'000'000'000,
                     .tag = 5,
                     .hot = true,
                     .references = 2};
  dump::Record idle{.key = "idle", .value = "x", .idle = 5000, .deadline = 1'800'000'000'000};
  dump::Record value{.kind = dump::RecordKind::value, .key = "dkey", .value = "value"};
  dump::Record counter{.kind = dump::RecordKind::counter, .key = "visits", .number = -5};
  const bool written = writer.begin() && writer.add(0, entry) && writer.add(0, idle) && writer.add(1, value) &&
                       writer.add(1, counter) && writer.finish();
  if (written) seeds.add("dump", file);
  std::string block = dump::block_start(0, 0, 2);
  dump::append(block, entry);
  dump::append(block, idle);
  seeds.add("dump", block);
  seeds.add("dump", dump::encode(header));
  seeds.add("dump", dump::encode(dump::Trailer{.blocks = 2, .checksum = 9, .records = {1, 2}}));
}

void add_database(const Seeds& seeds) {
  const test::TempDirectory directory;
  const std::string path = directory / "seed.db";
  std::string log;
  {
    auto disk = persist::Disk::open({path, {}}, [](const std::string&) {});
    if (!disk) return;
    std::vector<persist::RowChange> changes;
    for (int i = 0; i < 12; ++i)
      changes.push_back({{fmt::format("d{}", i), RecordKind::value, 0, 0, std::string(40, 'v')}});
    changes.push_back({{"dlong", RecordKind::value, 0, 1'800'000'000'000, std::string(9000, 'l')}});
    changes.push_back({{"dcount", RecordKind::counter, 42, 0, {}}});
    if (!disk->commit(changes)) return;
    log = content_of(path + "-wal");
  }
  const auto with_log = [](const std::string& wal, const std::string& file) {
    const size_t logged = std::min<size_t>(wal.size(), 0xffff);
    return std::string{static_cast<char>(logged & 0xff), static_cast<char>(logged >> 8)} + wal.substr(0, logged) + file;
  };
  seeds.add("database", with_log({}, content_of(path)));
  if (!log.empty()) seeds.add("database", with_log(log, content_of(path).substr(0, 4096)));
}

void add_bytes(const Seeds& seeds) {
  seeds.add("mail", std::string("\x01\x00\x00\x00\x00\x07\x00\x06"
                                "client\x00\x00\x00\x00",
                                18));
  seeds.add("mail", std::string("\x01\x01\x00\x00\x00\x00\x00\x00\x00\x05"
                                "0123456789abcdef"
                                "\x00\x05"
                                "label",
                                33));
  seeds.add("mail", std::string("\x00\x00\x00\x02\x3f\xf0\x00\x00\x00\x00\x00\x00", 12));
  seeds.add("segment", std::string("\x01\x08\x00\x08"
                                   "abcdefgh",
                                   12));
  seeds.add("segment", std::string("\x02\x16\x00\x04\x02\x00\x00\x00", 8));
  seeds.add("segment",
            std::string("\x01\x00\x0a\x10\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00", 20));
  seeds.add("segment", std::string("\x00/larder1", 9));
}

}  // namespace
}  // namespace larder

int main(int count, char** words) {
  if (count != 2) return fmt::print(stderr, "usage: fuzz_seeds DIRECTORY\n"), 2;
  const larder::Seeds seeds(words[1]);
  larder::add_texts(seeds);
  larder::add_dump(seeds);
  larder::add_database(seeds);
  larder::add_bytes(seeds);
}
