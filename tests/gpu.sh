#!/usr/bin/env bash
# Everything that needs a GPU, in parts: tests/gpu.sh BUILD OUT PART...
#   hardware  the instructions that the CPU models stand for
#   mma       the matrix instructions, 10^8 random dot products each
#   check     every kernel through every suite
#   plugins   the example plugins on device memory, each found and named
#   record    a recording of every kernel
#   bench     bandwidth of every kernel and operation, decode times
#   sanitize  compute-sanitizer on 256 x 512
# BUILD is a build folder, or one folder with bitgate, the benchmarks, the tests and the plugins. A part's output is
# OUT/PART.txt; the exit status is the worst of the parts.
set -uo pipefail
build=$1
out=$2
shift 2
mkdir -p "$out"
worst=0

tests=$build
[ ! -d "$build/tests" ] || tests=$build/tests
bitgate() { "$build/bitgate" "$@"; }
bench() {
  "$tests/$1" --benchmark_repetitions=15 --benchmark_report_aggregates_only=true \
    --benchmark_enable_random_interleaving=false --benchmark_format=csv "${@:2}"
}

part() {
  case $1 in
    hardware) bitgate hardware --out "$out/hardware.json" ;;
    mma) bitgate mma --out "$out/mma.json" ;;
    check)
      bitgate check --subject cuda --suite full exhaustive --seconds 300 --out "$out/check.json" &&
        bitgate check --subject cuda/operations --suite full --out "$out/check_operations.json"
      ;;
    plugins) "$(dirname "$0")/plugins/check_on_gpu.sh" "$build/bitgate" "$tests" ;;
    record) bitgate record --cases report --out "$out/recording.json" ;;
    bench)
      bench bitgate_kernel_bench
      bench bitgate_operation_bench
      ;;
    sanitize)
      for tool in memcheck racecheck initcheck; do
        echo "$tool"
        compute-sanitizer --tool "$tool" --error-exitcode 9 "$tests/bitgate_device_tests" \
          --gtest_filter='Gpu/EveryKernel.*' --gtest_brief=1 || return
      done
      ;;
    *) echo "no part $1" >&2; return 3 ;;
  esac
}

for name in "$@"; do
  start=$SECONDS
  part "$name" >"$out/$name.txt" 2>&1
  status=$?
  echo "$name: exit $status, $((SECONDS - start)) s"
  tail -n 3 "$out/$name.txt" | cut -c1-300
  [ "$status" -le "$worst" ] || worst=$status
done
exit "$worst"
