# The life of a stranger's kernel: built against the installed package, recorded, replayed, edited. Each step has the
# exit status that its CI would see. Variables: BUILD, SOURCE, WORK, GENERATOR, COMPILER, FLAGS.
set(ENV{BITGATE_PLUGIN_SECONDS} 60)
set(bitgate ${WORK}/installed/bin/bitgate)
set(recording ${WORK}/kernel.json)
set(source --source ${SOURCE}/kernel.cpp --flags=-O2)

# expect(STATUS TEXT COMMAND ...): ends with that status, and says TEXT (a regular expression).
function(expect status text)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE got OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT got STREQUAL status OR NOT output MATCHES "${text}")
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${got}, expected ${status} and '${text}':\n${output}")
  endif()
endfunction()

# build(NAME FLAG ...): the kernel in a folder of its own; `library` is its file.
function(build name)
  set(folder ${WORK}/${name})
  expect(0 "" ${CMAKE_COMMAND} -S ${SOURCE} -B ${folder} -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
         -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_PREFIX_PATH=${WORK}/installed "-DKERNEL_FLAGS=${ARGN}")
  expect(0 "" ${CMAKE_COMMAND} --build ${folder})
  set(library ${folder}/kernel.so PARENT_SCOPE)
endfunction()

function(replay status text)
  expect(${status} "${text}" ${bitgate} replay ${recording} ${ARGN})
endfunction()

# A copy of the recording with one text replaced by another.
function(tampered copy from to)
  file(READ ${recording} text)
  string(FIND "${text}" "${from}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${recording} does not hold '${from}'")
  endif()
  string(REPLACE "${from}" "${to}" text "${text}")
  file(WRITE ${WORK}/${copy} "${text}")
endfunction()

file(REMOVE_RECURSE ${WORK})
expect(0 "" ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed)

# Where the hardware is: recorded once, and committed.
build(green)
expect(0 "0 differ from the reference" ${bitgate} record --subject plugin:${library}:mxfp4 ${source} --cases small --out
       ${recording})

# CI, green: the same library, one built in another folder, or the sources alone. Nothing to hold it against is no pass.
replay(0 "hold by machine code" --subject plugin:${library}:mxfp4)
build(elsewhere/in/a/longer/folder)
replay(0 "hold by machine code" --subject plugin:${library}:mxfp4)
replay(0 "hold by source" ${source})
replay(2 "neither the library .* nor its sources are here")
expect(0 "0 different" ${bitgate} diff-recordings ${recording} ${recording})

# Stale: edits of the host side and of the kernel that leave every byte as it was, and other sources or flags.
set(edits -DBLOCKS_A_PASS=8 -DAMAX_FROM_THE_END -DKERNEL_EDIT)
foreach(edit IN LISTS edits)
  build(edited${edit} ${edit})
  expect(0 "0 differ" ${bitgate} record --subject plugin:${library}:mxfp4 --cases small --out ${WORK}/edited.json)
  replay(2 "machine code of .* changed .*\\.text" --subject plugin:${library}:mxfp4 ${source})
  expect(0 "other machine code .*\\.text" ${bitgate} diff-recordings ${recording} ${WORK}/edited.json)
endforeach()
replay(2 "sources or flags .* changed .*flags: -O3" --source ${SOURCE}/kernel.cpp --flags=-O3)
file(READ ${SOURCE}/kernel.cpp text)
file(WRITE ${WORK}/changed/kernel.cpp "${text}// edited\n")
replay(2 "sources or flags .* changed .*kernel.cpp" --source ${WORK}/changed/kernel.cpp --flags=-O2)

# Red: a wrong rule and a crash record nothing; bytes that the reference does not give.
foreach(fault -DWRONG_RULE -DCRASH)
  build(faulty${fault} ${fault})
  expect(1 "nothing was recorded" ${bitgate} record --subject plugin:${library}:mxfp4 --cases small --out
         ${WORK}/faulty.json)
  if(EXISTS ${WORK}/faulty.json)
    message(FATAL_ERROR "${fault} left a recording")
  endif()
endforeach()
file(READ ${recording} text)
string(REGEX MATCH "\"codes\":{\"bytes\":[0-9]+,\"sha256\":\"[0-9a-f]+" digest "${text}")
string(REGEX REPLACE "[0-9a-f]$" "x" other "${digest}")
string(REGEX REPLACE "[0-9a-f]x$" "00" other "${other}")
tampered(red.json "${digest}" "${other}")
expect(1 "the reference no longer gives" ${bitgate} replay ${WORK}/red.json ${source})

# Bad input: a newer version, a case twice.
tampered(newer.json "\"version\": 2" "\"version\": 3")
expect(3 "version 3" ${bitgate} replay ${WORK}/newer.json ${source})
string(REGEX MATCH "{\"case\":[^\n]*},\n" line "${text}")
tampered(twice.json "${line}" "${line}${line}")
expect(3 "is recorded twice" ${bitgate} replay ${WORK}/twice.json ${source})
