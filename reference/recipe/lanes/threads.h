// Work in pieces that do not depend on one another, over threads where there is enough of it.
#pragma once

#include <cstdint>

#include <tbb/parallel_for.h>

namespace bitgate::reference {

// work(0) .. work(pieces - 1), each once, in no order.
template <class Work>
void over_threads(std::int64_t pieces, Work work) {
  if (pieces <= 1) {
    if (pieces == 1) work(std::int64_t{0});
    return;
  }
  tbb::parallel_for(std::int64_t{0}, pieces, work);
}

}  // namespace bitgate::reference
