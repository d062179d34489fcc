// Reads dates and times as people's files write them, as seconds since 1970 in UTC:
//   2019-01-31, 2019/01/31, 2019-01-31 10:30, 2019-01-31T10:30:05.25Z, ...+02:00
//   31 Jan 2019, Jan 31, 2019, 09 13, 2009 (month, day, year), each perhaps with a time behind it
// 01/02/2019 is refused, since it is in January for some and in February for others.
#pragma once

#include <string_view>

namespace spout {

/// Parses the whole of `text`. Without a zone a time is taken as UTC.
///   seconds  since 1970-01-01T00:00:00Z
///   returns  whether the text is such a date
bool parse_date(std::string_view text, double& seconds);

}  // namespace spout
