#!/usr/bin/env python3
"""coverage_floors.py SUMMARY: lines and branches of each folder of src/ beside the floor that its lines must reach."""
import collections
import json
import sys

FLOORS = {"core": 95.0, "model": 95.0}
FLOOR_ELSEWHERE = 80.0


def percent(covered, total):
    return 100.0 * covered / total if total else 100.0


def main(path):
    sums = collections.defaultdict(collections.Counter)
    with open(path, encoding="utf-8") as file:
        for entry in json.load(file)["files"]:
            for key in ("line_covered", "line_total", "branch_covered", "branch_total"):
                for part in (entry["filename"].split("/")[1], "all"):
                    sums[part][key] += entry[key]
    failed = 0
    print(f"{'src/':<12} {'lines':>7} {'reached':>9} {'floor':>7}   {'branches':>8} {'reached':>9}")
    for part in sorted(sums, key=lambda name: (name == "all", name)):
        count = sums[part]
        lines = percent(count["line_covered"], count["line_total"])
        branches = percent(count["branch_covered"], count["branch_total"])
        floor = FLOORS.get(part, FLOOR_ELSEWHERE)
        verdict = "" if lines >= floor else "  FAILED: below its floor"
        failed += lines < floor and part != "all"
        print(f"{part:<12} {count['line_total']:>7} {lines:>8.1f}% {'' if part == 'all' else f'{floor:.0f}%':>7}   "
              f"{count['branch_total']:>8} {branches:>8.1f}%{verdict}")
    print(f"{len(sums) - 1 - failed} passed, {failed} failed")
    return 1 if failed or len(sums) < 2 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
