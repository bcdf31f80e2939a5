"""./dev bench: runs one bench or all of them and prints each figure beside its target and a limit of the same run.

    run.py [--json] [NAME [ARGUMENT…]]
"""
import sys

import answers
import figures
import idle
import javascript
import search
import soak
import stored
import streams

# In the order in which ./dev bench runs them; search and soak only by their names.
BENCHES = {"start": idle.start, "memory": idle.memory, "sockets": idle.sockets, "answers": answers.run, "streams": streams.run,
           "stored": stored.run, "javascript": javascript.run}
BY_NAME_ONLY = {"search": search.run, "soak": soak.run}


def main(words):
    as_json = "--json" in words
    words = [word for word in words if word != "--json"]
    known = {**BENCHES, **BY_NAME_ONLY}
    if words and words[0] not in known:
        sys.exit(f'there is no bench "{words[0]}"; these are known: core page hostile {" ".join(known)}')
    found = []
    for name in words[:1] or BENCHES:
        print(f"{name} …", file=sys.stderr, flush=True)
        found += known[name](*words[1:])
    (figures.print_json if as_json else figures.print_table)(found)


main(sys.argv[1:])
