// peers.cc – see peers.h.
#include "peers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace larder::bench {
namespace {

std::string name_of(const std::string& trace, double percent, const std::string& algorithm) {
  return fmt::format("{} {} {}", trace, percent, algorithm);
}

}  // namespace

bool Peers::load(const std::string& path, std::string& error) {
  std::ifstream file(path);
  if (!file) {
    error = fmt::format("{}: cannot open: {}", path, std::strerror(errno));
    return false;
  }
  std::string line;
  std::getline(file, line);
  for (int number = 2; std::getline(file, line); ++number) {
    std::istringstream fields(line);
    std::string trace, percent, size, algorithm, misses;
    if (!std::getline(fields, trace, ',') || !std::getline(fields, percent, ',') || !std::getline(fields, size, ',') ||
        !std::getline(fields, algorithm, ',') || !std::getline(fields, misses, ',')) {
      error = fmt::format("{}:{}: fewer than five fields", path, number);
      return false;
    }
    misses_[name_of(trace, std::strtod(percent.c_str(), nullptr), algorithm)] = std::strtod(misses.c_str(), nullptr);
    if (std::find(algorithms_.begin(), algorithms_.end(), algorithm) == algorithms_.end())
      algorithms_.push_back(algorithm);
  }
  return true;
}

double Peers::misses(const std::string& trace, double percent, const std::string& algorithm) const {
  const auto found = misses_.find(name_of(trace, percent, algorithm));
  return found == misses_.end() ? -1 : found->second;
}

double reduction(double fifo, double misses) {
  if (fifo <= 0 && misses <= 0) return 0;
  return misses <= fifo ? (fifo - misses) / fifo : (fifo - misses) / misses;
}

}  // namespace larder::bench
