"""Files stay under 800 lines, functions under 70: longer ones hold more than one thing."""
import pathlib
import subprocess
import sys

FILE_MAX, FUNCTION_MAX = 800, 70
problems = []
names = subprocess.check_output(["git", "ls-files", "*.c", "*.h", "*.mjs", "*.ts", "*.py"], text=True).split()
for name in names:
    if name.endswith("_table.c"):
        continue
    lines = pathlib.Path(name).read_text().splitlines()
    if len(lines) > FILE_MAX:
        problems.append(f"{name}: {len(lines)} lines")
    if not name.endswith(".c"):
        continue
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}"):
            if start and number - start > FUNCTION_MAX:
                problems.append(f"{name}:{start}: a function of {number - start} lines")
            start = None
print("\n".join(problems))
sys.exit(bool(problems))
