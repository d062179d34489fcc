// Turns torch's exceptions into spout's own, for functions that other programs call.
// c10::Error::what() is a page of backtrace; spout::Error::what() is the one line a person needs.
#pragma once

#include <c10/util/Exception.h>

#include "spout/sparse/base/error.h"

namespace spout {

/// Calls `action` and returns its result. An exception of torch is rethrown as a spout::Error.
template <class Action>
auto with_plain_errors(const Action& action) {
  try {
    return action();
  } catch (const c10::IndexError& error) {
    throw IndexError(error.what_without_backtrace());
  } catch (const c10::ValueError& error) {
    throw ValueError(error.what_without_backtrace());
  } catch (const c10::Error& error) {
    throw Error(error.what_without_backtrace());
  }
}

}  // namespace spout
