# Units that are compiled for more instructions than the rest (level_v3.cpp, hardware_fills_v4.cpp, ...) must not emit a
# function that the linker could take for everyone's: each of their weak functions has lanes in its name.
#   cmake -DNM=nm -DLIBRARIES=a.a,b.a -P levels_test.cmake
string(REPLACE "," ";" libraries "${LIBRARIES}")
set(units 0)
foreach(library IN LISTS libraries)
  execute_process(COMMAND ${NM} -C -A ${library} OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]*v[34]\\.cpp\\.o:[^\n]*" lines "${symbols}")
  list(LENGTH lines count)
  math(EXPR units "${units} + ${count}")
  foreach(line IN LISTS lines)
    # Functions alone: constants are the same for every level. clang++'s own helper has no arithmetic.
    if(line MATCHES " W " AND NOT line MATCHES "Lanes<|LevelKernels<|LevelFused<|LevelFills<|LevelMma<|Mask<|lanes::[a-z_]+<[0-9]|__clang_call_terminate")
      message(SEND_ERROR "shared with other units: ${line}")
    endif()
  endforeach()
endforeach()
if(units EQUAL 0)
  message(FATAL_ERROR "no unit of a level was found in ${LIBRARIES}")
endif()
