// mapping.cc – see mapping.h.
#include "os/mapping.h"

#include <sys/mman.h>

#include <boost/interprocess/exceptions.hpp>

#include "base/error.h"
#include "os/huge_pages.h"

namespace larder::os {

namespace bi = boost::interprocess;

Result<Mapping> Mapping::map(const ShmFile& file, uint64_t size, bool writable) {
  Mapping mapping;
  const bi::mode_t mode = writable ? bi::read_write : bi::read_only;
  try {
    void* const place = aligned_place(size);
    try {
      mapping.region_ = bi::mapped_region(file, mode, 0, size, place);
    } catch (const bi::interprocess_exception& failure) {
      if (place == nullptr || failure.get_error_code() != bi::busy_error) throw;
      mapping.region_ = bi::mapped_region(file, mode, 0, size);  // another thread took the place: any other will do
    }
  } catch (const bi::interprocess_exception& failure) {
    return base::with_errno("mapping the segment", failure.get_native_error());
  }
  madvise(mapping.data(), size, MADV_DONTDUMP);
  mapping.guard_ = BusGuard(mapping.data(), size, writable);
  return mapping;
}

}  // namespace larder::os
