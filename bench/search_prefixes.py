"""What more prefix indexes of the search (search_index.c) would cost, and bring: `python3 bench/search_prefixes.py DATABASE [MESSAGES]`.

DATABASE is a workspace that `fill DATABASE MESSAGES talk general` has filled. The messages are indexed as orchd does it, 256 at a time, once
for each choice, in files of their own; then the newest 1,000 with a beginning of a word are looked up. Times are of the CPU.
"""
import os
import sqlite3
import statistics
import sys
import tempfile
import time

CHOICES = ["2 3", "2 3 4", "2 3 4 5"]
WORDS = ['"that"*', '"have"*', '"vaul"*', '"vault"*', '"rosen"*', '"vault"']
PIECE = 256


def cpu_ms(work):
    begin = time.process_time()
    work()
    return (time.process_time() - begin) * 1000


def make(folder, source, messages, prefixes):
    index = sqlite3.connect(os.path.join(folder, prefixes.replace(" ", "-")), isolation_level=None)
    index.execute("PRAGMA journal_mode = WAL")
    index.execute(f"CREATE VIRTUAL TABLE search USING fts5 (content, content='', prefix='{prefixes}', "
                  "tokenize='unicode61 remove_diacritics 2')")
    index.execute("ATTACH ? AS source", (source,))
    pieces = [cpu_ms(lambda at=at: index.execute(
        "INSERT INTO search (rowid, content) SELECT m.rowid, m.content FROM source.messages m "
        "WHERE m.rowid > ? AND m.rowid <= ?", (at, at + PIECE))) for at in range(0, messages, PIECE)]
    index.execute("DETACH source")
    pages, size = (index.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    print(f"prefix='{prefixes}': {sum(pieces) / messages * 1000:.1f} us a message, {pages * size / 1e6:.0f} MB, "
          f"a piece {statistics.median(pieces):.1f} ms, one of a hundred {statistics.quantiles(pieces, n=100)[98]:.0f} ms")
    return index


def main(source, messages="500000"):
    with tempfile.TemporaryDirectory() as folder:
        indexes = [make(folder, source, int(messages), prefixes) for prefixes in CHOICES]
        for word in WORDS:
            found = [statistics.median(cpu_ms(lambda: index.execute(
                "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT 1000", (word,)).fetchall())
                for _ in range(7)) for index in indexes]
            print(f"{word:10}" + "".join(f"{prefixes:>12}: {ms:.1f} ms" for prefixes, ms in zip(CHOICES, found)))
        for index in indexes:
            index.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
