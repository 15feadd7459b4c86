// page_records.h – the records that stand in the pages of a damaged database.
//
// What it is    reads the index pages of SQLite's file format by itself: cells, records, overflow chains. Nothing is
//               believed: a cell counts only where the page's own head says that cells are, and only rows whose
//               checksum matches are delivered.
// Why not SQL   SQLite reaches a page through its parents; one damaged page near the root would hide most of the table.
// Invariants    what was removed is not found again: SQLite zeroes removed cells and free pages (secure_delete).
// Concurrency   pure functions over FilePages.
// Crash         reads only.
#pragma once

#include <functional>

#include "persist/about.h"
#include "persist/file_pages.h"
#include "persist/row.h"

namespace larder::persist {

struct Finds {
  std::function<void(Row)> row;
  std::function<void(About)> about;
};

/// Visits every intact row and every intact statement of the page. Returns how many cells were neither.
uint64_t read_records(const FilePages& pages, const DiskPage& page, const Finds& finds);

}  // namespace larder::persist
