"""Repeats the recorded session of README.md in a shell, and compares what is printed.

Every ```console block is one session, in order: a line that begins with "$ " is typed, what follows is expected. What
differs from run to run (clock times, ports, passwords, durations, versions) is compared by its form.

A busy machine is slower than the person who typed the session: what was killed is waited for, and who looks after a `sleep` looks again
until it is there.
"""
import os
import pathlib
import re
import select
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORMS = [
    (r"^\d\d:\d\d ", "HH:MM "),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"^(Password:\s+)\S{20}", r"\1PASSWORD"),
    (r"(/login/link#)\S{43}$", r"\1CODE"),
    (r"\b\d+(\.\d+)? s( ago)?\b(?!$)", "DURATION"),
    (r"\d+\.\d MB", "SIZE"),
    (r"\d+\.\d+\.\d+", "VERSION"),
    (r" +", " "),
]
LIMIT_S = 300  # of a command, for one that hangs
LOOKS_MAX = 30


def form(line):
    if line.startswith("error: no answer within"):
        return line
    for pattern, word in FORMS:
        line = re.sub(pattern, word, line)
    return line.rstrip()


def is_news(line):
    """What the shell says of its jobs, in its own words."""
    return re.match(r"^\[\d+\]|^bash: line \d+: +\d+ Killed", line)


def read_session(text):
    steps = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.S | re.M):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
    return steps


class Shell:
    """One bash for all commands, with job control and aliases as a person has them."""

    def __init__(self):
        self.process = subprocess.Popen(["bash", "--norc"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self.buffer = b""
        self.write("shopt -s expand_aliases; set -m; exec 2>&1; unset ANTHROPIC_API_KEY OPENAI_API_KEY OPENAI_BASE_URL ORCHD_MODEL")

    def write(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def read_until(self, mark, seconds):
        end = time.monotonic() + seconds
        while mark not in self.buffer:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                return None
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                return None
            self.buffer += piece
        text, self.buffer = self.buffer.split(mark, 1)
        return text.decode()

    def run(self, command):
        self.write(command)
        if command.endswith("&"):
            # A server that begins: its first line is all that is waited for. The shell may have news of an older job.
            while (line := self.read_until(b"\n", LIMIT_S)) is not None and is_news(line):
                pass
            return line
        if command.startswith("kill "):
            self.write("wait $!")
        self.write("echo END-OF-COMMAND")
        return self.read_until(b"END-OF-COMMAND\n", LIMIT_S)

    def lines(self, command):
        """What is printed, a list of lines as they are compared; None: it hangs, or the shell has ended."""
        got = self.run(command)
        return None if got is None else [form(line) for line in got.splitlines() if not is_news(line)]


def main():
    steps = read_session((ROOT / "README.md").read_text())
    shell = Shell()
    failed = 0
    for command, expected in steps:
        wanted = [form(line) for line in expected]
        looks = LOOKS_MAX if command.startswith("sleep ") else 1
        while (lines := shell.lines(command)) != wanted and lines is not None and (looks := looks - 1) > 0:
            pass
        if lines != wanted:
            failed += 1
            print(f"FAILED $ {command}\n  expected: " + "\n            ".join(expected) +
                  "\n  printed:  " + "\n            ".join(["nothing any more"] if lines is None else lines))
            break
        print(f"ok     $ {command}")
    shell.write("kill -9 $(jobs -p); exit")
    print(f"{len(steps) - failed if not failed else 0} passed, {failed} failed")
    sys.exit(bool(failed or not steps))


main()
