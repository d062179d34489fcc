// How idle compute threads wait. OpenMP's default is to spin, which on a machine that also does
// other work can make a run ten times as long (measured: 12.6 s against 1.1 s).
#pragma once

namespace spout {

/// Makes idle threads sleep, unless OMP_WAIT_POLICY or GOMP_SPINCOUNT is set already. OpenMP reads
/// the policy when its library is loaded, before main(); so the program starts itself again, once.
///   argv  main()'s arguments
void prefer_sleeping_threads(char** argv);

}  // namespace spout
