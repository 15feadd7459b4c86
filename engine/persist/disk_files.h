// disk_files.h – the files around a database: made, moved and synced so that a power cut leaves one or the other.
//
// Concurrency   under the database's lock.
// Crash         a rename is on disk when move_file returns.
#pragma once

#include <cstdint>
#include <string>

#include "larder/result.h"

namespace larder::persist {

/// Makes the directory that the path lies in, for its user alone, if it is missing.
Status make_directory_of(const std::string& path);
bool file_exists(const std::string& path);
/// 0 if there is none.
uint64_t file_size(const std::string& path);
/// Removes a database that was not finished, and what stands beside it, if there is one.
void remove_database(const std::string& path);
/// An empty file for its user alone, in place of an unfinished one.
Status make_empty_file(const std::string& path);
/// Renames, replacing what is there, and syncs the directory.
Status move_file(const std::string& from, const std::string& to);
Status sync_file(const std::string& path);
/// `path` + ".damaged-<date>", or with a number behind it: a name that nothing has.
std::string name_aside(const std::string& path);

}  // namespace larder::persist
