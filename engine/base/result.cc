// result.cc – words for the codes of result.h.
#include "larder/result.h"

namespace larder {

const char* to_string(Code code) {
  switch (code) {
    case Code::ok: return "ok";
    case Code::invalid_argument: return "invalid argument";
    case Code::not_found: return "not found";
    case Code::exists: return "exists";
    case Code::permission: return "permission";
    case Code::no_space: return "no space";
    case Code::foreign: return "foreign file";
    case Code::truncated: return "truncated";
    case Code::unfinished: return "unfinished";
    case Code::layout: return "other layout";
    case Code::corrupt: return "corrupt";
    case Code::retired: return "retired";
    case Code::busy: return "busy";
    case Code::no_slot: return "no free slot";
    case Code::read_only: return "read-only";
    case Code::system: return "system error";
  }
  return "unknown";
}

}  // namespace larder
