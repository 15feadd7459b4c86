// inspector.cc – see observe.h and inspector.h.
#include "observe/inspector.h"

#include <fmt/ranges.h>

#include "base/error.h"
#include "cache/build.h"
#include "cache/check_options.h"
#include "os/file_lock.h"

namespace larder::observe {

Inspector::Inspector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Inspector::~Inspector() = default;
Inspector::Inspector(Inspector&&) noexcept = default;
Inspector& Inspector::operator=(Inspector&&) noexcept = default;
std::string_view Inspector::name() const { return impl_->tables().super->name; }

Result<Inspector> Inspector::open(std::string_view name_or_path, std::string_view directory) {
  std::string path(name_or_path);
  if (path.find('/') == std::string::npos) {
    if (Status named = cache::check_name("segment", path); !named) return named.error();
    path = cache::segment_path(path, directory);
  }
  Result<segment::OpenedFile> opened = segment::open_segment(path, false, segment::Retired::accept);
  if (!opened) return opened.error();
  auto impl = std::make_unique<Impl>(Impl{path, std::move(*opened), {}});
  for (uint32_t number = 0; number < impl->tables().directory.size(); ++number) {
    Result<policy::Plane> plane = cache::open_plane(impl->tables(), impl->opened.mapping.data(), number);
    if (!plane) return plane.error();
    impl->planes.push_back(*plane);
  }
  return Inspector(std::move(impl));
}

Result<uint32_t> Inspector::Impl::find_cache(std::string_view name) const {
  std::vector<std::string> names;
  for (uint32_t number = 0; number < tables().directory.size(); ++number) {
    names.push_back(cache_name(number));
    if (names.back() == name) return number;
  }
  return base::with_hint(base::fail(Code::not_found, "segment {} has no cache '{}'", tables().super->name, name),
                         fmt::format("it has {}", fmt::join(names, ", ")));
}

bool Inspector::Impl::is_held(uint64_t lock_byte) const {
  const Result<os::LockHolder> holder = os::lock_holder(opened.file.descriptor(), lock_byte);
  return holder && holder->held;
}

}  // namespace larder::observe
