"""generate.py FOLDER OUT: what the server is compiled with, made of the description in FOLDER (protocol/)."""
import pathlib
import sys

import description
import tables

source, out = sys.argv[1], pathlib.Path(sys.argv[2])
loaded = description.load(source)
for name, text in (("operations.h", tables.prototypes(loaded)), ("dispatch.c", tables.dispatch(loaded)),
                   ("documents.c", tables.served(loaded))):
    (out / name).write_text(text, encoding="utf-8")
