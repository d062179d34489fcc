// How idle compute threads wait. OpenMP's default is to spin, which on a machine that also does
// other work can make a run ten times as long (measured: 12.6 s against 1.1 s).
#pragma once

namespace spout {

/// Makes idle threads of OpenMP sleep, unless OMP_WAIT_POLICY or GOMP_SPINCOUNT is set already. To
/// be called before any parallel work.
void prefer_sleeping_threads();

}  // namespace spout
