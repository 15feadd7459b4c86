// salvage.h – a damaged database: what is intact goes into a fresh one, the damaged one is set aside.
//
// What it is    reads all pages of the damaged file by itself (page_records.h), writes the intact rows into
//               `<database>.salvaging`, and gives that the database's name. The damaged file and its log are renamed to
//               `<database>.damaged-<date>` and `…-wal` and never changed.
// Invariants    V1 only rows with a matching checksum are carried over. V2 the fresh database is complete before the
//               damaged one is touched.
// Concurrency   under the database's lock.
// Crash         before the fresh one is called `.salvaged`: begun anew by the next open. After it: the next open
//               finishes the renaming (finish_salvage).
#pragma once

#include "persist/disk.h"

namespace larder::persist {

/// Makes the database at the path whole again. `say` gets what was wrong, how much was carried over, and where the
/// damaged file is. Fails if nothing at all can be read of it, or the fresh one cannot be written.
Status salvage(const DiskOptions& options, const Error& damage, const Say& say);
/// Finishes a salvage that was interrupted.
Status finish_salvage(const std::string& path);

}  // namespace larder::persist
