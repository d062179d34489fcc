// spout for other programs, in one include: losses on torch sparse COO targets, an output layer
// that never forms its scores, and sparse predictions in files that PyTorch and SciPy read.
#pragma once

#include "spout/losses/sparse_loss.h"
#include "spout/models/sparse_linear.h"
#include "spout/sparse/files/predictions.h"
#include "spout/sparse/layout/csr.h"
