# Writes the header that says what this build is. Variables: SOURCE, OUT, VERSION, CUDA.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT commit)
  set(commit unknown)
endif()
if(CUDA)
  set(cuda true)
else()
  set(cuda false)
endif()
set(text "// What this build is. Written by reports/build_facts.cmake.
#pragma once

#include <string_view>

namespace bitgate {

inline constexpr std::string_view kVersion = \"${VERSION}\";
inline constexpr std::string_view kCommit = \"${commit}\";
inline constexpr bool kCudaBuilt = ${cuda};

}  // namespace bitgate
")
if(EXISTS ${OUT})
  file(READ ${OUT} old)
endif()
if(NOT text STREQUAL old)
  file(WRITE ${OUT} "${text}")
endif()
