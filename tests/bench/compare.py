#!/usr/bin/env python3
"""Two JSON files of Google Benchmark side by side: elements a second, and how the second stands to the first.

    build/release/tests/bitgate_reference_bench --benchmark_out=a.json
    tests/bench/compare.py a.json b.json [--below 0.95]

Prints each benchmark that both have, the slowest change first; with --below, ends with 1 if any ratio is below it.
"""
import argparse
import json
import sys


def rates(path):
    """Name to elements a second; of repetitions the median."""
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["benchmarks"]
    medians = {r["run_name"]: r["items_per_second"] for r in rows if r.get("aggregate_name") == "median"}
    if medians:
        return medians
    return {r["run_name"]: r["items_per_second"] for r in rows if "items_per_second" in r}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--below", type=float, help="end with 1 if any ratio is below this")
    arguments = parser.parse_args()
    before, after = rates(arguments.before), rates(arguments.after)
    common = sorted(before.keys() & after.keys(), key=lambda name: after[name] / before[name])
    if not common:
        sys.exit("no benchmark with a rate is in both files")
    for name in common:
        print(f"{after[name] / before[name]:8.3f}  {before[name] / 1e6:9.1f}  {after[name] / 1e6:9.1f} M/s  {name}")
    if arguments.below is not None and after[common[0]] / before[common[0]] < arguments.below:
        sys.exit(1)


if __name__ == "__main__":
    main()
