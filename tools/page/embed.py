"""Writes the C table of the page's files: embed.py OUT.c [page.json]. The bytes are put into the program by the assembler
(.incbin), so that the compiler never reads them. Without page.json: one file, which says that there is no page."""
import json
import pathlib
import sys

out = pathlib.Path(sys.argv[1])
FORMS = ["", "gz", "br"]
WITHOUT = ("orchd serves here, and this build of it has no page: ./dev build makes one.\\n"
           "Talk to it by `orchd chat`, or by its API: /api/openapi.json\\n")


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def bytes_of(name, path):
    """Two symbols around the content of a file."""
    return (f'__asm__(".section .rodata\\n.balign 16\\n{name}:\\n.incbin \\"{path}\\"\\n{name}_end:\\n.byte 0\\n.previous\\n");\n'
            f"extern const unsigned char {name}[], {name}_end[];\n")


def row(file, forms):
    fields = ", ".join(quoted(file[key]) for key in ("path", "type", "hash"))
    places = ", ".join(f"{{{form}, {form}_end}}" if form else "{NULL, NULL}" for form in forms)
    return f"    {{{fields}, {str(file['immutable']).lower()}, {{{places}}}}},\n"


def page(list_path):
    folder = list_path.parent.resolve()
    symbols, rows = [], []
    for number, file in enumerate(json.loads(list_path.read_text())["files"]):
        forms = []
        for extension in FORMS:
            if extension and extension not in file["encodings"]:
                forms.append(None)
                continue
            name = f"orch__page_{number}{'_' + extension if extension else ''}"
            symbols.append(bytes_of(name, f"{folder}{file['path']}{'.' + extension if extension else ''}"))
            forms.append(name)
        rows.append(row(file, forms))
    return "".join(symbols), "".join(rows)


def no_page():
    file = {"path": "/index.html", "type": "text/plain; charset=utf-8", "hash": "no-page", "immutable": False}
    text = f'static const unsigned char nothing[] = "{WITHOUT}";\n#define nothing_end (nothing + sizeof(nothing) - 1)\n'
    return text, row(file, ["nothing", None, None])


symbols, rows = page(pathlib.Path(sys.argv[2])) if len(sys.argv) > 2 else no_page()
out.write_text('/* Made by tools/page/embed.py. */\n#include "page.h"\n\n' + symbols +
               "\nconst orch__page_file orch__page_files[] = {\n" + rows + "};\n"
               "const size_t orch__page_files_count = sizeof(orch__page_files) / sizeof(orch__page_files[0]);\n")
