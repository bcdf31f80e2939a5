#!/usr/bin/env python3
"""No statement reads through a table that grows with the past: query_plans.py ORCHD

Every statement of the program stands in it as one text, so they are taken from the program itself, prepared against a database that it
made, and SQLite says how it would go about each (EXPLAIN QUERY PLAN). A statement that reads all of a large table fails, unless it is
named below with the reason why it may.
"""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

LARGE = {"messages", "reactions", "orchd_turns", "orchd_client_ids", "orchd_feed", "orchd_events", "orchd_minutes", "orchd_hours", "orchd_read_marks"}
# How a statement begins, and why it may.
ALLOWED = {
    "DELETE FROM orchd_hours WHERE id IN (SELECT id FROM (SELECT id, at_ms FROM orchd_hours ORDER BY id LIMIT": "so many of the oldest rows",
    "DELETE FROM orchd_minutes WHERE id IN (SELECT id FROM (SELECT id, at_ms FROM orchd_minutes ORDER BY id LIMIT": "so many of the oldest rows",
    "INSERT INTO orchd_search_range (id, low, high, high_message_id) SELECT 1, m.rowid, m.rowid, m.id FROM messages m WHERE true ORDER BY m.rowid DESC LIMIT 1 ": "the newest row",
    "INSERT INTO orchd_totals (vp_id, answered, failed, input_tokens, output_tokens) SELECT": "a migration, once",
    "SELECT (SELECT count(*) FROM orchd_turns WHERE state = 0)": "the index of turns that have not ended",
    "SELECT created_at FROM orchd_turns WHERE state = 0 ORDER BY id LIMIT 1": "the first one of that index",
    "SELECT 1 FROM messages LIMIT 1": "one row",
    "SELECT created_at FROM messages ORDER BY id DESC LIMIT 1": "the newest row",
    "SELECT channel_id, parent_id, COUNT(*), MAX(updated_at) FROM (SELECT vp_id, channel_id, parent_id, state, updated_at FROM orchd_turns ORDER BY id DESC LIMIT": "so many of the newest rows",
    "SELECT cursor FROM orchd_feed ORDER BY cursor DESC LIMIT 1 OFFSET $1": "as much of the feed as is kept",
}
# Of migrations that rename a table first.
OF_MIGRATIONS = {"INSERT INTO orchd_client_ids (message_id, author_id, client_id) SELECT", "INSERT INTO orchd_turns (id, vp_id, message_id, channel_id, parent_id"}
# What stands before it may be data of another kind.
STATEMENT = re.compile(rb"(?<![A-Za-z0-9_ (,])((?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH) [\x20-\x7e]{8,})(?=\0)")
NAMED = re.compile(r"(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?")


def statements_of(program):
    return sorted({match.group(1).decode() for match in STATEMENT.finditer(open(program, "rb").read())})


def scans(database, statement):
    """The large tables that it reads as a whole."""
    values = [None] * max([int(number) for number in re.findall(r"\$(\d+)", statement)], default=0)
    plan = [row[3] for row in database.execute("EXPLAIN QUERY PLAN " + statement, values)]
    tables = {name: name for name in LARGE}
    tables.update({alias or table: table for table, alias in NAMED.findall(statement) if table in LARGE})
    found = [re.match(r"SCAN (\w+)", step) for step in plan]
    return sorted({tables[match.group(1)] for match in found if match and match.group(1) in tables})


def begins(statement, beginnings):
    return next((beginning for beginning in beginnings if statement.startswith(beginning)), None)


def look_at(database, statements):
    """What is wrong, and which of the exceptions were needed."""
    wrong, needed = [], set()
    for statement in statements:
        if begins(statement, OF_MIGRATIONS) and "_before" in statement:
            continue
        try:
            read = scans(database, statement)
        except sqlite3.Error as error:
            wrong.append(f"SQLite does not take it: {error}: {statement}")
            continue
        if read and begins(statement, ALLOWED):
            needed.add(begins(statement, ALLOWED))
        elif read:
            wrong.append(f"it reads all of {' and '.join(read)}: {statement}")
    return wrong, needed


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        subprocess.run([program, "init", "--data", data, "--organization", "O", "--email", "a@test.example", "--name", "A"],
                       input="correct horse battery\n", text=True, check=True, stdout=subprocess.DEVNULL)
        database = sqlite3.connect(os.path.join(data, "orchd.db"))
        statements = statements_of(program)
        wrong, needed = look_at(database, statements)
        wrong += [f"an exception that no statement needs: {each}" for each in ALLOWED.keys() - needed]
        # What this test is for, it finds.
        for bad in ["SELECT m.id FROM messages m WHERE m.content = $1", "UPDATE orchd_turns SET state = 2 WHERE reply_id = $1"]:
            if not look_at(database, [bad])[0]:
                wrong.append(f"this was not found: {bad}")
        if len(statements) < 100:
            wrong.append(f"only {len(statements)} statements were found in {program}")
        database.close()
    print("\n".join(wrong) or f"{len(statements)} statements, {len(ALLOWED)} exceptions")
    return bool(wrong)


sys.exit(main(sys.argv[1]))
