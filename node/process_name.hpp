// The name of this process, for people: host, process id and start.
#pragma once

#include <string>

namespace troupe {

/// By this other nodes name the process that holds a name and address already; see
/// TransportSettings::process.
///
/// For example "process 4711 on host red, started 2026-03-01 09:30:00 UTC". The start is that of
/// the first call. Any thread.
[[nodiscard]] std::string process_name();

}  // namespace troupe
