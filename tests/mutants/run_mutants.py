#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tries gatehouse-plugin-check on stores with one defect each: every case named in the list must catch its mutant, every
case of the contract must catch at least one, and sound stores must pass. The table in the docs is what was found."""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import Dict, List, NamedTuple

HEAD = """# What the store contract catches

`gatehouse-plugin-check` is itself checked: each line is a copy of store-memory with one defect, and the cases that are
tried on it in every build and must catch it. Others may catch it too. The copies called `journal-..`
keep what they hold in a file, and those called `shared-..` share such a file with other instances. `ctest -R StoreMutants`
compares this page with what it finds; `run_mutants.py --write` in [tests/mutants](../tests/mutants/mutants.txt) writes it anew.

| mutant | what is broken | caught by |
|---|---|---|
"""

SOUND = ("sound", "sound-product-only", "sound-sessions-only", "sound-journal", "sound-shared")
CAUGHT = ("failed", "crashed", "timed out")


class Mutant(NamedTuple):
    name: str
    defect: str
    cases: List[str]
    store: str


def read_mutants(path: pathlib.Path) -> List[Mutant]:
    mutants = []
    store = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            store = line.strip("[]")
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 3 or not all(parts):
            sys.exit(f"{path}:{number}: not <mutant> | <what is broken> | <cases>")
        mutants.append(Mutant(parts[0], parts[1], parts[2].split(), store))
    return mutants


def verdicts(
    kit: str, store: str, mutant: str, cases: List[str], time_factor: float = 6, more: str = ""
) -> Dict[str, dict]:
    """What the kit says of each case."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as config:
        # Copies without a defect must pass on a machine that is busy with other tests.
        config.write(f'[config]\nmutant = "{mutant}"\n[check]\ntime_factor = {time_factor}\n{more}')
        config.flush()
        only = [argument for case in cases for argument in ("--only", case)]
        run = subprocess.run(
            [kit, store, "--config", config.name, "--json", *only], stdout=subprocess.PIPE, check=False, timeout=300
        )
    if run.returncode not in (0, 1):
        sys.exit(f"{mutant}: the kit could not be run on it: exit code {run.returncode}")
    return {case["name"]: case for case in json.loads(run.stdout)["cases"]}


def problems_of(mutant: Mutant, found: Dict[str, dict]) -> List[str]:
    problems = []
    for case in mutant.cases:
        result = found.get(case)
        if result is None:
            problems.append(f"{mutant.name}: the kit did not run {case}")
        elif result["verdict"] not in CAUGHT:
            problems.append(f"{mutant.name}: {case} {result['verdict']}; it must fail, because {mutant.defect}")
        elif result["sentence"].startswith("create answered"):
            problems.append(f"{mutant.name}: {result['sentence']}")
    return problems


def problems_of_time(kit: str, store: str) -> List[str]:
    """Slow is neither wrong nor hung, and hung is not slow. Races of stores that flush end by time."""
    case = "store.lost_update"
    wanted = [
        ("sound-slow-disk", 0.2, "passed", "rounds, for want of time"),
        ("sound-slow-disk", 0.03, "timed out", "commits/s; raise time_factor or lower effort in [check]"),
        ("meeting-hangs", 0.1, "timed out", "it hung in store.commit, which had not come back after"),
    ]
    problems = []
    for name, time_factor, verdict, words in wanted:
        found = verdicts(kit, store, name, [case], time_factor)[case]
        said = " ".join([found["sentence"], *found["details"]])
        if found["verdict"] != verdict or words not in said:
            problems.append(f"{name}, time_factor {time_factor}: {found['verdict']}: {said}; it is {verdict}: .. {words}")
    return problems


def problems_of_histories(kit: str, store: str) -> List[str]:
    """A random history that fails names itself and what led to it, and fails again when it is run alone."""
    case = "store.history_of_everything"
    first = verdicts(kit, store, "ok-without-effect", [case])[case]
    number = re.search(r"history (\d+) of", first["sentence"])
    told = f"[check] history = {number.group(1)} runs this history alone" if number else "no number"
    if not any(line.startswith(told) for line in first["details"]) or len(first["details"]) < 2:
        return [f"a history that fails does not tell what led to it: {first['sentence']} {first['details']}"]
    again = verdicts(kit, store, "ok-without-effect", [case], more=f"history = {number.group(1)}\n")[case]
    # A copy counts its commits from its beginning, so alone the history may fail elsewhere, but it is the one.
    if not re.search(rf"history {number.group(1)} of", again["sentence"]):
        return [f"[check] history = {number.group(1)} ran another one: {again['sentence']}"]
    return []


def table_of(mutants: List[Mutant]) -> str:
    rows = [f"| {m.name} | {m.defect} | {', '.join(f'`{case}`' for case in m.cases)} |\n" for m in mutants]
    return HEAD + "".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("kit", "mutants", "store", "durable-store", "shared-store", "table"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--write", action="store_true", help="write the table instead of comparing it")
    arguments = parser.parse_args()
    mutants = read_mutants(pathlib.Path(arguments.mutants))
    stores = {
        "store": arguments.store,
        "durable store": arguments.durable_store,
        "shared store": arguments.shared_store,
    }
    problems = []
    for mutant in mutants:
        found = verdicts(arguments.kit, stores[mutant.store], mutant.name, mutant.cases)
        problems += problems_of(mutant, found)
        for case in found.values():
            print(f"{mutant.name}: {case['verdict']}: {case['sentence']}")
    for name in SOUND:
        kind = {"sound-journal": "durable store", "sound-shared": "shared store"}.get(name, "store")
        for case in verdicts(arguments.kit, stores[kind], name, ["store", "watch"]).values():
            if case["verdict"] == "skipped":
                print(f"{name}: {case['name']} skipped: {case['sentence']}")
            if case["verdict"] not in ("passed", "skipped"):
                problems.append(f"{name}, which has no defect: {case['name']}: {case['sentence']}")
    problems += problems_of_time(arguments.kit, arguments.store)
    problems += problems_of_histories(arguments.kit, arguments.store)
    groups = ["--only", "store", "--only", "watch"]
    listed = subprocess.run([arguments.kit, "--list", *groups], stdout=subprocess.PIPE, check=True, text=True)
    caught = {case for mutant in mutants for case in mutant.cases}
    for line in listed.stdout.splitlines():
        case = line.split()[0]
        if case not in caught:
            problems.append(f"{case} catches no mutant: give mutants.txt one")
    table = pathlib.Path(arguments.table)
    if arguments.write:
        table.write_text(table_of(mutants), encoding="utf-8")
    elif not table.exists() or table.read_text(encoding="utf-8") != table_of(mutants):
        problems.append(f"{table} is not what was found: run this with --write")
    print("\n".join(problems))
    print(f"{len(mutants)} mutants, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
