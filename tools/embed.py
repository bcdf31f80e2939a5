"""embed.py FILE NAME OUT: a file as a C array `NAME` with `NAME_len`."""
import sys

source, name, out = sys.argv[1:]
data = open(source, "rb").read()
rows = [", ".join(str(byte) for byte in data[i:i + 24]) for i in range(0, len(data), 24)]
with open(out, "w") as file:
    file.write(f"#include <stddef.h>\nextern const unsigned char {name}[];\nextern const size_t {name}_len;\n")
    file.write(f"const unsigned char {name}[] = {{\n" + ",\n".join(rows) + f"}};\nconst size_t {name}_len = {len(data)};\n")
