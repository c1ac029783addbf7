// Whether results are within what they are held to: the digests and the floor of a case, the limit of a subject.
#pragma once

#include <string>
#include <vector>

#include "bitgate/reports/gate.h"

namespace bitgate::reports {

bool has_differences(const compare::SubjectResult& subject);
// The share of entries that differ; 2 where nothing could be compared.
double severity_of(const compare::SubjectResult& subject);

// Names the first field that parts, in the order in which a quantizer computes them.
Check exact_check(const std::string& case_name, const compare::Digests& expected, const compare::Digests& actual);
Check floor_check(const std::string& case_name, const SqnrFloor& floor, const compare::Metrics& metrics);

// The limit that a subject has of its own instead of equality, of the case or of all its seeds; null: it has none.
const SubjectThreshold* limit_of(const Thresholds& thresholds, const compare::Row& row, const std::string& subject);
Check limited_check(const SubjectThreshold& limit, const compare::SubjectResult& subject, const compare::Row& row);
// Adds a check for each subject with a limit that the row says nothing of.
void check_limits_present(const compare::Row& row, const Thresholds& thresholds, std::vector<Check>& checks);

}  // namespace bitgate::reports
