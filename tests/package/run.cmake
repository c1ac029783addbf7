# Installs the build, configures and builds the consumers against it, and runs them. Variables: BUILD, SOURCE, WORK,
# GENERATOR, COMPILER, FLAGS; PYTHON: one with NumPy, or empty.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}: ${status}\n${output}")
  endif()
endfunction()

# The library gives away the functions of its header and no name else.
function(require_exports library header nm)
  execute_process(COMMAND ${nm} -D --defined-only --format=posix ${library} OUTPUT_VARIABLE listing
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "(^|\n)[^ \n]+" exported "${listing}")
  list(TRANSFORM exported STRIP)
  file(READ ${header} text)
  string(REGEX MATCHALL "\nBITGATE_API [^(\n]*\\(" declared "${text}")
  list(TRANSFORM declared REPLACE ".*(bitgate_[a-z_]+)\\(" "\\1")
  list(SORT exported)
  list(SORT declared)
  if(NOT exported OR NOT exported STREQUAL declared)
    message(FATAL_ERROR "${library} exports ${exported}\nand ${header} declares ${declared}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_PREFIX_PATH=${WORK}/installed)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
run(${WORK}/build/consumer_c)
run(${WORK}/installed/bin/bitgate list recipes)

file(GLOB_RECURSE library ${WORK}/installed/*/libbitgate.so)
find_program(NM nm)
if(NM)
  require_exports(${library} ${WORK}/installed/include/bitgate/compare/c_api.h ${NM})
else()
  message(STATUS "no nm: the names that ${library} exports are not looked at")
endif()

file(GLOB_RECURSE module ${WORK}/installed/*/bitgate.py)
if(PYTHON)
  cmake_path(GET module PARENT_PATH folder)
  run(${CMAKE_COMMAND} -E env --unset=BITGATE_LIBRARY PYTHONPATH=${folder} ${PYTHON} -B -c
      "import bitgate, numpy\nx = numpy.ones((1, 32), numpy.float32)\nq = bitgate.quantize(x, 'torchao/mxfp4-floor')\nbitgate.assert_bits_equal(x, q.codes, q.scales, 'torchao/mxfp4-floor')")
else()
  message(STATUS "no Python with NumPy: ${module} is not tried")
endif()
