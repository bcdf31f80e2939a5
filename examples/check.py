#!/usr/bin/env python3
"""check.py PROGRAM EXPECTED: runs the program and compares its standard output, line by line, with the file. A * in
the file stands for any text. Settings of the caller's environment that the programs would read are taken away."""
import fnmatch
import os
import subprocess
import sys

READ_BY_PROGRAMS = ("ORCHD_", "ORCHESTRATOR_", "DAEMON_", "NEXT_PUBLIC_", "ANTHROPIC_", "OPENAI_")

program, expected_path = sys.argv[1:]
environment = {name: value for name, value in os.environ.items() if not name.startswith(READ_BY_PROGRAMS)}
result = subprocess.run([program], env=environment, stdout=subprocess.PIPE, text=True, timeout=60)
lines = result.stdout.splitlines()
with open(expected_path, encoding="utf-8") as file:
    expected = file.read().splitlines()

matches = len(lines) == len(expected) and all(
    fnmatch.fnmatchcase(line, pattern.replace("[", "[[]").replace("?", "[?]"))
    for line, pattern in zip(lines, expected)
)
if not matches or result.returncode != 0:
    print(f"exit status {result.returncode}; expected, as in {expected_path}:", *expected, sep="\n")
    print("--- but it printed:", *lines, sep="\n")
    sys.exit(1)
