// doctor_test.h – a segment, and what the doctor says about it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

#include "doctor/doctor.h"
#include "sidecar/keeper.h"
#include "support/process.h"
#include "support/segments.h"

namespace larder::test {

using doctor::Diagnosis;
using doctor::Finding;
using doctor::Verdict;

/// The worst finding of a check; throws if the check said nothing.
inline Finding finding_of(const Diagnosis& diagnosis, const std::string& check) {
  const Finding* worst = nullptr;
  for (const Finding& finding : diagnosis.findings)
    if (finding.check == check && (worst == nullptr || finding.verdict > worst->verdict)) worst = &finding;
  if (worst == nullptr) throw std::runtime_error("the doctor did not look at " + check);
  return *worst;
}

/// Whether some finding of this verdict holds these words.
inline bool says(const Diagnosis& diagnosis, Verdict verdict, const std::string& what) {
  return std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(), [&](const Finding& finding) {
    return finding.verdict == verdict && finding.what.find(what) != std::string::npos;
  });
}

class DoctorTest : public ::testing::Test {
 protected:
  SegmentOptions options(uint64_t store_bytes = 64 << 10) const {
    SegmentOptions options = segment_options(directory_, {cache_options("main", 256 << 10, 4096)});
    options.stores.emplace_back();
    options.stores.back().size = store_bytes;
    options.stores.back().page_size = 4096;
    return options;
  }
  Diagnosis ask(const std::string& config = {}) const {
    const Diagnosis diagnosis = doctor::diagnose({"test", directory_.path(), config});
    for (const doctor::CheckInfo& check : doctor::checks()) finding_of(diagnosis, check.name);
    return diagnosis;
  }
  /// The check has this verdict, and its sentence, cause and next command hold these words.
  static void expect(const Diagnosis& diagnosis, const std::string& check, Verdict verdict, const std::string& what,
                     const std::string& cause, const std::string& next) {
    const Finding finding = finding_of(diagnosis, check);
    const std::string all = finding.what + "|" + finding.cause + "|" + finding.next;
    EXPECT_EQ(to_string(finding.verdict), std::string(to_string(verdict))) << check << ": " << all;
    EXPECT_NE(finding.what.find(what), std::string::npos) << check << ": " << all;
    EXPECT_NE(finding.cause.find(cause), std::string::npos) << check << ": " << all;
    EXPECT_NE(finding.next.find(next), std::string::npos) << check << ": " << all;
    EXPECT_TRUE(verdict <= Verdict::notice || !finding.next.empty()) << check;
  }
  std::string path() const { return directory_ / kSegmentFile; }
  std::string content() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }

  TempDirectory directory_;
};

}  // namespace larder::test
