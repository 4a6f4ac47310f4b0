"""Peers of the benchmark: the same columns from the same file to Parquet (DuckDB, Polars) or to nothing (jq's filter).

    peers.py duckdb|polars SPEC INPUT OUTPUT    reads, writes OUTPUT, prints ROWS CPU_SECONDS PEAK_BYTES
    peers.py jq SPEC                            prints the filter
    peers.py compare SPEC OURS THEIRS           prints ROWS_OURS ROWS_THEIRS and the columns that differ, with counts

SPEC is JSON as `bench` writes it. Imports are not measured: a library is compared, not Python's start.
"""

import json
import os
import resource
import sys

TYPES = {"text": "VARCHAR", "integer": "BIGINT", "time": "TIMESTAMP", "nanos": "BIGINT"}
LEVEL = 1


def paths(column):
    return [path.split(">") for path in column["path"].split("|")]


def tree_of(columns):
    """All paths as one tree: {member: tree or type}; a list is {"[]": tree or type}."""
    tree = {}
    for column in columns:
        for path in paths(column):
            at = tree
            steps = ["[]" if step == "[0]" else step for step in path]
            for step in steps[:-1]:
                at = at.setdefault(step, {})
            at[steps[-1]] = TYPES[column["kind"]]
    return tree


def sql_type(tree):
    if isinstance(tree, str):
        return tree
    if "[]" in tree:
        return sql_type(tree["[]"]) + "[]"
    members = ", ".join(f'"{name}" {sql_type(part)}' for name, part in tree.items())
    return f"STRUCT({members})"


def json_type(tree):
    if isinstance(tree, str):
        return tree
    if "[]" in tree:
        return [json_type(tree["[]"])]
    return {name: json_type(part) for name, part in tree.items()}


def sql_expression(base, path):
    text = base
    for step in path:
        if step == "[0]":
            text += "[1]"
        else:
            text += ("." if text else "") + f'"{step}"'
    return text


def sql_columns(columns, base):
    parts = []
    for column in columns:
        found = [sql_expression(base, path) for path in paths(column)]
        value = f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]
        parts.append(f'{value} AS "{column["name"]}"')
    return ", ".join(parts)


def duckdb_query(spec, source):
    columns = spec["columns"]
    tree = tree_of(columns)
    shape = spec["shape"]
    lines = "format='newline_delimited', maximum_object_size=67108864"
    if shape == "json":
        types = ", ".join(f"'{name}': '{sql_type(part)}'" for name, part in tree.items())
        return f"SELECT {sql_columns(columns, '')} FROM read_json('{source}', {lines}, columns={{{types}}})"
    if shape == "json_text":
        path = spec["at"].split(">")
        outer = {}
        at = outer
        for step in path[:-1]:
            at = at.setdefault(step, {})
        at[path[-1]] = "VARCHAR"
        types = ", ".join(f"'{name}': '{sql_type(part)}'" for name, part in outer.items())
        inner = json.dumps(json_type(tree)).replace("'", "''")
        text = sql_expression("", path)
        return (
            f"SELECT {sql_columns(columns, 'e')} FROM (SELECT json_transform({text}, '{inner}') AS e "
            f"FROM read_json('{source}', {lines}, columns={{{types}}}))"
        )
    if shape == "json_batches":
        batch, text = spec["at"].split(">")
        inner = json.dumps(json_type(tree)).replace("'", "''")
        types = f"'{batch}': 'STRUCT(\"{text}\" VARCHAR)[]'"
        return (
            f"SELECT {sql_columns(columns, 'e')} FROM (SELECT json_transform(m.\"{text}\", '{inner}') AS e "
            f"FROM (SELECT unnest(\"{batch}\") AS m FROM read_json('{source}', {lines}, columns={{{types}}})))"
        )
    if shape == "text":
        import re

        # The groups in their order; DuckDB's regular expressions have no names.
        names = re.findall(r"\?<(\w+)>", spec["pattern"])
        pattern = re.sub(r"\?<\w+>", "", spec["pattern"]).replace("'", "''")
        listed = ", ".join(f"'{name}'" for name in names)
        kinds = {column["name"]: column["kind"] for column in columns}
        values = ", ".join(
            f"TRY_CAST(e.\"{name}\" AS {TYPES[kinds[name]]}) AS \"{name}\"" if kinds[name] != "text" else f'e."{name}"'
            for name in names
        )
        return (
            f"SELECT {values} FROM (SELECT regexp_extract(line, '{pattern}', [{listed}]) AS e "
            f"FROM read_csv('{source}', columns={{'line': 'VARCHAR'}}, header=false, delim='\\x01', quote='', escape='', "
            f"max_line_size=67108864, auto_detect=false) WHERE regexp_matches(line, '{pattern}'))"
        )
    raise SystemExit(f"no query for {shape}")


def connect(memory):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads=1")
    connection.execute(f"SET memory_limit='{memory}'")
    connection.execute("SET preserve_insertion_order=true")
    return connection


def run_duckdb(spec, source, target):
    connection = connect("8GB")
    started = resource.getrusage(resource.RUSAGE_SELF)
    query = duckdb_query(spec, source)
    connection.execute(
        f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {LEVEL})"
    )
    return rows_of(target), started


def polars_type(tree):
    import polars

    plain = {"VARCHAR": polars.String, "BIGINT": polars.Int64, "TIMESTAMP": polars.String}
    if isinstance(tree, str):
        return plain[tree]
    if "[]" in tree:
        return polars.List(polars_type(tree["[]"]))
    return polars.Struct({name: polars_type(part) for name, part in tree.items()})


def run_polars(spec, source, target):
    import polars

    if spec["shape"] != "json":
        raise SystemExit("not asked: no JSON lines")
    columns = spec["columns"]
    schema = {name: polars_type(part) for name, part in tree_of(columns).items()}

    def expression(path):
        value = polars.col(path[0])
        for step in path[1:]:
            value = value.list.first() if step == "[0]" else value.struct.field(step)
        return value

    selected = []
    for column in columns:
        value = polars.coalesce([expression(path) for path in paths(column)])
        if column["kind"] == "time":
            value = value.str.to_datetime(time_unit="ns", time_zone="UTC", strict=False)
        selected.append(value.alias(column["name"]))
    started = resource.getrusage(resource.RUSAGE_SELF)
    frame = polars.scan_ndjson(source, schema=schema).select(selected)
    frame.sink_parquet(target, compression="zstd", compression_level=LEVEL)
    return rows_of(target), started


def jq_filter(spec):
    def expression(path):
        return "".join("[0]?" if step == "[0]" else f'[{json.dumps(step)}]?' for step in path)

    inner = ", ".join("(" + " // ".join("." + expression(path) for path in paths(c)) + ")" for c in spec["columns"])
    shape = spec["shape"]
    if shape == "json_text":
        outer = "." + expression(spec["at"].split(">")) + " | fromjson | "
    elif shape == "json_batches":
        batch, text = spec["at"].split(">")
        outer = f'.{expression([batch])}[] | .{expression([text])} | fromjson | '
    else:
        outer = ""
    return f"{outer}[{inner}]"


def rows_of(path):
    if not os.path.exists(path):
        return 0
    import duckdb

    return duckdb.connect().execute(f"SELECT count(*) FROM '{path}'").fetchone()[0]


def compare(spec, ours, theirs):
    import duckdb

    connection = duckdb.connect()
    rows = [connection.execute(f"SELECT count(*) FROM '{path}'").fetchone()[0] for path in (ours, theirs)]
    differing = []
    for column in spec["columns"]:
        name = f'"{column["name"]}"'
        # Times to the microsecond, which is what all contestants keep; an empty text and none are the same.
        text = {
            "time": f"CAST(epoch_us(CAST({{}}.{name} AS TIMESTAMP_NS)) AS VARCHAR)",
            "nanos": f"CAST({{}}.{name} AS VARCHAR)",
            "integer": f"CAST({{}}.{name} AS VARCHAR)",
            "text": f"nullif(rtrim(CAST({{}}.{name} AS VARCHAR), chr(10)), '')",
        }[column["kind"]]
        number = connection.execute(
            f"SELECT count(*) FROM '{ours}' a POSITIONAL JOIN '{theirs}' b "
            f"WHERE {text.format('a')} IS DISTINCT FROM {text.format('b')}"
        ).fetchone()[0]
        if number:
            differing.append(f"{column['name']}={number}")
    print(*rows, *differing)


def main():
    what, spec = sys.argv[1], json.load(open(sys.argv[2]))
    if what == "jq":
        print(jq_filter(spec))
        return
    if what == "compare":
        compare(spec, sys.argv[3], sys.argv[4])
        return
    __import__(what)
    rows, started = {"duckdb": run_duckdb, "polars": run_polars}[what](spec, sys.argv[3], sys.argv[4])
    ended = resource.getrusage(resource.RUSAGE_SELF)
    processor = ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime
    print(rows, f"{processor:.3f}", ended.ru_maxrss * 1024)


main()
