"""Peer of the benchmark of rules: Sigma rules as SQL, run over events in SQLite (what Zircolite does too).

    rules.py RULES EVENTS    converts every rule of RULES with pySigma, loads EVENTS (JSON, one object a line) into tables by
                             category in memory, runs each rule's statement, and prints one line of JSON

Imports are not measured. REGEXP is Python's `re`, as in Zircolite.
"""

import json
import re
import resource
import sqlite3
import sys
import time
from pathlib import Path

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection

COLUMNS = ["Image", "CommandLine", "CurrentDirectory", "ProcessId", "ParentProcessId", "TargetFilename", "comm"]


def main(folder, events):
    clock = time.process_time
    start = clock()
    backend = sqliteBackend()
    statements = []
    for path in sorted(Path(folder).glob("*.yml")):
        collection = SigmaCollection.from_yaml(path.read_text())
        rule = collection.rules[0]
        [statement] = backend.convert(collection)
        statements.append((rule.title, statement.replace("FROM logs", f"FROM {rule.logsource.category}").replace("SELECT *", "SELECT COUNT(*)", 1)))
    converted = clock()
    base = sqlite3.connect(":memory:")
    base.create_function("REGEXP", 2, lambda pattern, text: text is not None and re.search(pattern, text) is not None, deterministic=True)
    for table in ["process_creation", "file_event", "file_access"]:
        base.execute(f"CREATE TABLE {table} ({', '.join(f'{name} TEXT COLLATE NOCASE' for name in COLUMNS)})")
    marks = ", ".join("?" for _ in COLUMNS)
    rows = {"process_creation": [], "file_event": [], "file_access": []}
    count = 0
    with open(events) as lines:
        for line in lines:
            event = json.loads(line)
            count += 1
            for category in event["categories"]:
                waiting = rows[category]
                waiting.append([event.get(name) for name in COLUMNS])
                if len(waiting) >= 10_000:
                    base.executemany(f"INSERT INTO {category} VALUES ({marks})", waiting)
                    waiting.clear()
    for category, waiting in rows.items():
        base.executemany(f"INSERT INTO {category} VALUES ({marks})", waiting)
    loaded = clock()
    counts = {title: base.execute(statement).fetchone()[0] for title, statement in statements}
    done = clock()
    print(json.dumps({
        "events": count, "convert_s": converted - start, "load_s": loaded - converted, "run_s": done - loaded,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "counts": counts,
    }))


main(*sys.argv[1:])
