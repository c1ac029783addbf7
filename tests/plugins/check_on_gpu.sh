#!/bin/sh
# The example kernels of device memory on a GPU, each with the exit status and the sentence that it must get.
#   tests/plugins/check_on_gpu.sh [BITGATE [FOLDER]]
# FOLDER holds libbitgate_examples_cuda.so and libbitgate_mine.so. Defaults: build/release/bitgate and
# build/release/tests. Ends with 1 when one is not as expected.
bitgate=${1:-build/release/bitgate}
folder=${2:-build/release/tests}
library=$folder/libbitgate_examples_cuda.so
failed=0

# expect STATUS TEXT KERNEL OPTIONS...
expect() {
  status=$1 text=$2 kernel=$3
  shift 3
  output=$("$bitgate" check --subject "plugin:$library:$kernel" "$@" 2>&1)
  got=$?
  if [ "$got" -eq "$status" ] && echo "$output" | grep -q "$text"; then
    echo "as expected ($got): $kernel: $(echo "$output" | grep -m1 "$text" | cut -c1-150)"
  else
    echo "NOT AS EXPECTED: $kernel ended with $got, expected $status and '$text':"
    echo "$output"
    failed=1
  fi
}

export BITGATE_PLUGIN_SECONDS=3
expect 0 "pass: nothing differs" right
expect 0 "pass: nothing differs" right --suite full
expect 0 "without a recipe" right --no-recipe
expect 1 "elements differ; first .*expected 0x" ties-away
expect 1 "the kernel wrote behind the end of codes: 16 bytes" block-behind
expect 1 "the padding of scales: .* bytes were not written" no-padding
expect 1 "no answer within 3 s; it was killed" hang --suite special
expect 1 "cudaErrorIllegalAddress" nowhere --suite special
# The device is none the worse for it. The right one again, and README's, recorded and replayed too.
expect 0 "pass: nothing differs" right
library=$folder/libbitgate_mine.so
expect 0 "pass: nothing differs" mine --suite full
recording=$(mktemp)
"$bitgate" record --subject "plugin:$library:mine" --cases small --out "$recording" &&
  "$bitgate" replay "$recording" --subject "plugin:$library:mine" || failed=1
rm -f "$recording"
exit $failed
