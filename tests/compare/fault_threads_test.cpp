#include "bitgate/compare/fault_threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "bitgate/compare/faults.h"

namespace bitgate::compare {
namespace {

TEST(FaultThreads, EachIsAFaultOrHasAReason) {
  const auto all = faults();
  for (const FaultThread& thread : fault_threads()) {
    EXPECT_NE(thread.fault.empty(), thread.why.empty()) << thread.thread;
    const bool known = std::any_of(all.begin(), all.end(), [&](const Fault& f) { return f.name == thread.fault; });
    EXPECT_TRUE(thread.fault.empty() || known) << thread.thread << ": " << thread.fault;
  }
}

TEST(FaultThreads, EverySourceOfAFaultStandsThere) {
  std::set<std::string_view> told;
  for (const FaultThread& thread : fault_threads()) told.insert(thread.thread);
  for (const Fault& fault : faults()) {
    std::string_view rest = fault.source;
    while (rest.find('#') != std::string_view::npos) {
      const std::string_view one = rest.substr(0, rest.find(", "));
      EXPECT_TRUE(told.contains(one)) << fault.name << ": " << one;
      rest.remove_prefix(std::min(rest.size(), one.size() + 2));
    }
  }
}

}  // namespace
}  // namespace bitgate::compare
