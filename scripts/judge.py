#!/usr/bin/env python3
"""Judges an investigated recording against its truth: judge.py TRUTH DIR

DIR is what investigate-recording.sh made. Compares the touched set of scope.json with what an independent
sweep saw change, and every file of the target that has a clean copy in the repository with its SHA-256
from before the attack. Prints one line, and every deviation; ends with 1 when there is one.
"""
import hashlib
import json
import os
import sys

PRECISION_MIN = 0.99


def content(case, name, otherwise):
    path = os.path.join(case, name)
    if not os.path.exists(path):
        return otherwise
    with open(path, encoding="utf-8") as file:
        return json.load(file)["content"]


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def paths(objects):
    return {thing["host_path"]["path"] for thing in objects if thing["host_path"]}


def judge(truth, directory):
    """Returns the line of figures and the list of deviations."""
    case = os.path.join(directory, "case")
    scopes = content(case, "scope.json", [])
    touched = set().union(*(paths(scope["touched"]) for scope in scopes))
    wanted = set(truth["touched"])
    deviations = [f"missed: {path}" for path in sorted(wanted - touched)]
    deviations += [f"wrongly touched: {path}" for path in sorted(touched - wanted)]
    precision = len(touched & wanted) / len(touched) if touched else 1.0

    unplanned = {entry["object"] for entry in content(case, "plan.json", {}).get("not_restored", [])}
    reasons = {path for scope in scopes for thing in scope["touched"] if thing["id"] in unplanned for path in paths([thing])}
    restored = 0
    for path, clean in sorted(truth["clean_sha256"].items()):
        if clean is None or not truth["sources"].get(path, {}).get("exact") or path in reasons:
            continue
        here = os.path.join(directory, "target") + path
        if os.path.isfile(here) and not os.path.islink(here) and sha256(here) == clean:
            restored += 1
        else:
            deviations.append(f"not the clean version: {path}")

    right = wanted <= touched and precision >= PRECISION_MIN
    line = (f"{truth['scenario']}: touched {len(touched & wanted)} of {len(wanted)}, precision {precision:.1%}, "
            f"restored {restored}, given a reason {len(reasons)}")
    return line, deviations, right and not any(text.startswith("not the clean") for text in deviations)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        truth = json.load(file)
    line, deviations, right = judge(truth, sys.argv[2])
    print(line if right else f"{line}: WRONG")
    for text in deviations:
        print(f"  {text}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
