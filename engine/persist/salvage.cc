// salvage.cc – see salvage.h.
#include "persist/salvage.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "base/error.h"
#include "persist/disk_files.h"
#include "persist/page_records.h"

namespace larder::persist {

namespace {

constexpr size_t kBatch = 10'000;

/// What was found in a damaged file.
struct Found {
  std::map<std::string, Row> rows;
  std::optional<Identity> segment;
  std::optional<uint64_t> expected;  ///< rows that there were
  uint64_t twice = 0;                ///< rows of one key with different content
  uint64_t lost_cells = 0;
  uint32_t lost_pages = 0;
};

Result<Found> read_all(const std::string& path) {
  const Result<FilePages> pages = FilePages::open(path);
  if (!pages) return pages.error();
  Found found;
  Finds finds;
  finds.row = [&](Row row) {
    const auto [at, fresh] = found.rows.try_emplace(row.key, row);
    if (!fresh && at->second != row) ++found.twice;
  };
  finds.about = [&](const About& about) {
    if (about.name == kAboutSegment && about.value.size() == sizeof(Identity))
      std::memcpy(found.segment.emplace().data(), about.value.data(), sizeof(Identity));
    if (about.name == kAboutContent && about.value.size() >= sizeof(uint64_t))
      std::memcpy(&found.expected.emplace(), about.value.data(), sizeof(uint64_t));
  };
  for (uint32_t number = 1; number <= pages->count(); ++number) {
    const auto page = pages->read(number);
    if (page)
      found.lost_cells += read_records(*pages, *page, finds);
    else
      ++found.lost_pages;
  }
  if (found.lost_pages > 0 && found.lost_pages == pages->count())
    return base::with_hint(base::fail(Code::system, "{}: not one page can be read", path),
                           "look into the kernel's log: the disk or its file system fails");
  return found;
}

Status fill(Disk& disk, const Found& found) {
  std::vector<RowChange> batch;
  for (auto at = found.rows.begin(); at != found.rows.end();) {
    batch.clear();
    for (; at != found.rows.end() && batch.size() < kBatch; ++at) batch.push_back({at->second, false});
    if (Status written = disk.commit(batch); !written) return written;
  }
  return found.segment ? disk.set_segment(*found.segment) : Status(Done{});
}

/// Moves the damaged file and its log out of the way, the log first: it must never stand beside another database.
Result<std::string> set_aside(const std::string& path) {
  const std::string aside = name_aside(path);
  if (file_exists(path + "-wal"))
    if (Status moved = move_file(path + "-wal", aside + "-wal"); !moved) return moved.error();
  if (file_exists(path))
    if (Status moved = move_file(path, aside); !moved) return moved.error();
  return aside;
}

std::string report(const Found& found, const std::string& aside) {
  std::string text = fmt::format("{} rows were recovered", found.rows.size());
  if (found.expected && *found.expected > found.rows.size())
    text +=
        fmt::format(", {} of the {} that there were are lost", *found.expected - found.rows.size(), *found.expected);
  else if (!found.expected)
    text += ", how many there were cannot be told";
  if (found.twice > 0) text += fmt::format("; of {} keys two states were found, one was taken", found.twice);
  if (found.lost_pages > 0) text += fmt::format("; {} pages could not be read", found.lost_pages);
  return text + fmt::format("; the damaged file is kept as {}", aside);
}

}  // namespace

Status salvage(const DiskOptions& options, const Error& damage, const Say& say) {
  say(fmt::format("{}; recovering what is intact", damage.message));
  const Result<Found> found = read_all(options.path);
  if (!found) return found.error();
  const std::string fresh = options.path + ".salvaging", whole = options.path + ".salvaged";
  if (Status made = make_database(fresh, options.vfs, [&](Disk& disk) { return fill(disk, *found); }); !made)
    return made;
  if (Status named = move_file(fresh, whole); !named) return named;
  const Result<std::string> aside = set_aside(options.path);
  if (!aside) return aside.error();
  if (Status named = move_file(whole, options.path); !named) return named;
  say(fmt::format("{}: {}", options.path, report(*found, *aside)));
  return Done{};
}

Status finish_salvage(const std::string& path) {
  remove_database(path + ".salvaging");
  const std::string whole = path + ".salvaged";
  if (!file_exists(whole)) return Done{};
  const Result<std::string> aside = set_aside(path);
  if (!aside) return aside.error();
  return move_file(whole, path);
}

}  // namespace larder::persist
