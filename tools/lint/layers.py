"""A floor uses only floors below it, and never a sibling's driver. Also: src/core is pure, header names are unique."""
import pathlib
import re
import subprocess
import sys

# Who may include whose headers, beside its own and those of the street (include/orchd).
ALLOWED = {
    "core": set(),
    "json": set(),
    "model": {"json"},
    "database": set(),
    "workspace": {"json", "database"},
    "runtime": {"json", "model", "workspace", "database"},
    "server": {"json", "model", "workspace", "runtime", "database"},
    "cli": {"json", "model", "workspace", "runtime", "server", "database"},
}
# The headers of a driver or of a part's inside that nobody else may see.
PRIVATE = {"database": re.compile(r"^(?!(database|sqlite_file)\.h$)"), "core": re.compile(r".")}
PURE_SYSTEM = {"stdbool.h", "stddef.h", "stdint.h", "stdarg.h", "limits.h"}
WEBSOCKETS = re.compile(r"^libwebsockets")

files = [pathlib.Path(p) for p in subprocess.check_output(["git", "ls-files", "src/*.c", "src/*.h"], text=True).split()]
owner = {}
problems = []
for path in files:
    if path.suffix == ".h":
        if path.name in owner:
            problems.append(f"{path}: a header of that name is in src/{owner[path.name]} too")
        owner[path.name] = path.parts[1]

for path in files:
    floor = path.parts[1]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        kind, name = match.groups()
        where = f"{path}:{number}: "
        if kind == "<":
            if floor == "core" and name not in PURE_SYSTEM:
                problems.append(f"{where}<{name}> in the pure core")
            if WEBSOCKETS.match(name) and floor != "server":
                problems.append(f"{where}libwebsockets belongs to src/server alone")
            continue
        if name.startswith("orchd/"):
            continue
        base = pathlib.PurePath(name).name
        other = owner.get(base)
        if other is None:
            continue
        if other != floor and other not in ALLOWED[floor]:
            problems.append(f"{where}src/{floor} may not use src/{other} ({base})")
        if other != floor and other in PRIVATE and PRIVATE[other].match(base):
            problems.append(f"{where}{base} is an inside of src/{other}")

print("\n".join(problems))
sys.exit(bool(problems))
