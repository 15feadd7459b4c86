// segment.cc – larder::Segment: the facade over building, opening and membership.
//
// Crash         see segment/roster.h and cache/build.h.
#include "larder/segment.h"

#include "base/error.h"
#include "cache/build.h"
#include "cache/bury.h"
#include "cache/check_options.h"
#include "cache/region.h"
#include "segment/superblock.h"

namespace larder {

namespace {

Result<std::vector<policy::Plane>> open_planes(const segment::Tables& tables, std::byte* base) {
  std::vector<policy::Plane> planes;
  for (uint32_t number = 0; number < tables.directory.size(); ++number) {
    Result<policy::Plane> plane = cache::open_plane(tables, base, number);
    if (!plane) return plane.error();
    planes.push_back(*plane);
  }
  return planes;
}

Result<Segment> join(Result<segment::OpenedFile> opened, const std::string& path, const std::string& kind,
                     bool read_only) {
  if (!opened) return opened.error();
  auto tables = std::make_shared<const segment::Tables>(opened->tables);
  Result<std::vector<policy::Plane>> planes = open_planes(*tables, opened->mapping.data());
  if (!planes) return planes.error();
  Result<std::shared_ptr<segment::Member>> member =
      segment::Member::join({std::move(opened->file), std::move(opened->mapping), *tables, path}, kind, read_only,
                            cache::make_undertaker(tables, std::move(*planes)));
  if (!member) return member.error();
  return Segment(std::move(*member));
}

Result<Segment> attach_path(const std::string& path, const std::string& kind, bool read_only) {
  if (kind.empty() || kind.size() > 15)
    return base::fail(Code::invalid_argument, "a worker's kind has 1 to 15 bytes: '{}'", kind);
  return join(segment::open_segment(path, !read_only, segment::Retired::refuse), path, kind, read_only);
}

}  // namespace

Result<Segment> cache::create_segment(const SegmentOptions& options, std::string_view kind, const Prepare& prepare) {
  const FillUnnamed fill = [&](const os::ShmFile& file) -> Status {
    Result<os::ShmFile> own = file.reopen(true);
    if (!own) return own.error();
    const Result<Segment> unnamed =
        join(segment::open_segment(std::move(*own), "the new segment", true, segment::Retired::refuse), {},
             std::string(kind), false);
    return unnamed ? prepare(*unnamed) : Status(unnamed.error());
  };
  Result<std::string> path = build_segment(options, prepare ? fill : FillUnnamed{});
  if (!path) return path.error();
  return attach_path(*path, std::string(kind), false);
}

Result<Segment> Segment::create(const SegmentOptions& options, std::string_view kind) {
  return cache::create_segment(options, kind, {});
}

Result<Segment> Segment::attach(std::string_view name, const AttachOptions& options) {
  if (Status named = cache::check_name("segment", name); !named) return named.error();
  return attach_path(cache::segment_path(name, options.directory), options.kind, options.read_only);
}

Result<Cache> Segment::cache(std::string_view name) const {
  Result<std::shared_ptr<const cache::Region>> region = cache::open_region(member_, name, cache::RegionKind::cache);
  if (!region) return region.error();
  return Cache(std::move(*region));
}

std::vector<std::string> Segment::cache_names() const { return cache::names_of(*member_, cache::RegionKind::cache); }
std::vector<std::string> Segment::store_names() const { return cache::names_of(*member_, cache::RegionKind::store); }

std::string_view Segment::name() const { return member_->tables().super->name; }
std::string Segment::path() const { return member_->path(); }
uint64_t Segment::bytes() const { return member_->size(); }
std::string Segment::last_error() const { return member_->last_error(); }
uint32_t Segment::bury_dead() const { return member_->bury_dead(); }

bool Segment::retired() const {
  return member_->tables().super->state.load_acquire() != static_cast<uint64_t>(segment::SegmentState::ready);
}

Status Segment::retire() const {
  if (member_->read_only()) return base::fail(Code::read_only, "{}: attached read-only", path());
  const Result<os::FileFacts> facts = member_->file().facts();
  if (!facts) return facts.error();
  member_->tables().super->state.store_release(static_cast<uint64_t>(segment::SegmentState::retired));
  const Result<bool> removed = os::remove_if_same(path(), *facts);
  if (!removed && removed.error().code != Code::busy) return removed.error();
  return Done{};
}

Status remove_segment(std::string_view name, std::string_view directory) {
  if (Status named = cache::check_name("segment", name); !named) return named;
  const std::string path = cache::segment_path(name, directory);
  Result<os::ShmFile> file = os::ShmFile::open(path, false);
  if (!file) return file.error();
  const Result<os::FileFacts> facts = file->facts();
  if (!facts) return facts.error();
  const Result<bool> removed = os::remove_if_same(path, *facts);
  if (!removed) return removed.error();
  if (!*removed) return base::fail(Code::busy, "{}: somebody else replaced it meanwhile; nothing was removed", path);
  return Done{};
}

}  // namespace larder
