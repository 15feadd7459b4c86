// diagnosis.h – what the doctor must say of a segment in which somebody died, or which somebody did not finish.
#pragma once

#include <string>

namespace larder::test {

/// Asks the doctor about the segment "test" in the directory, which nobody is attached to. Wrong is: a check without an
/// answer; a trouble without a cause or a next step; a dead worker that nobody speaks of; anything worse than a warning
/// (but where there is no file, or a store is full); a byte that changed. Empty, or what is wrong.
std::string wrong_diagnosis(const std::string& directory, bool full_store = false);

}  // namespace larder::test
