// How idle compute threads wait. OpenMP's default is to spin, which on a machine that is also doing
// other work costs up to ten times the run's own time (measured: 12.6 s against 1.1 s).
#pragma once

namespace spout {

/// Makes idle threads sleep, unless OMP_WAIT_POLICY or GOMP_SPINCOUNT is set already. The policy is
/// read when the OpenMP library is loaded, before main: so the program starts itself again, once.
///   argv   of main
void prefer_sleeping_threads(char** argv);

}  // namespace spout
