// mapping.cc – see mapping.h.
#include "os/mapping.h"

#include <sys/mman.h>

#include <boost/interprocess/exceptions.hpp>

#include "base/error.h"

namespace larder::os {

namespace bi = boost::interprocess;

Result<Mapping> Mapping::map(const ShmFile& file, uint64_t size, bool writable) {
  Mapping mapping;
  try {
    mapping.region_ = bi::mapped_region(file, writable ? bi::read_write : bi::read_only, 0, size);
  } catch (const bi::interprocess_exception& failure) {
    return base::with_errno("mapping the segment", failure.get_native_error());
  }
  madvise(mapping.data(), size, MADV_DONTDUMP);
  return mapping;
}

}  // namespace larder::os
