#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tries gatehouse-plugin-check on stores with one defect each: every case named in the list must catch its mutant, every
case of the contract must catch at least one, and sound stores must pass. The table in the docs is what was found."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
from typing import Dict, List, NamedTuple

HEAD = """# What the store contract catches

`gatehouse-plugin-check` is itself checked: each line is a copy of store-memory with one defect, and the cases that are
tried on it in every build and must catch it. Others may catch it too. `ctest -R StoreMutants` compares this page with
what it finds; `run_mutants.py --write` in [tests/mutants](../tests/mutants/mutants.txt) writes it anew.

| mutant | what is broken | caught by |
|---|---|---|
"""

SOUND = ("sound", "sound-product-only", "sound-sessions-only", "sound-journal")
CAUGHT = ("failed", "crashed", "timed out")


class Mutant(NamedTuple):
    name: str
    defect: str
    cases: List[str]
    durable: bool


def read_mutants(path: pathlib.Path) -> List[Mutant]:
    mutants = []
    durable = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            durable = line == "[durable store]"
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 3 or not all(parts):
            sys.exit(f"{path}:{number}: not <mutant> | <what is broken> | <cases>")
        mutants.append(Mutant(parts[0], parts[1], parts[2].split(), durable))
    return mutants


def verdicts(kit: str, store: str, mutant: str, cases: List[str]) -> Dict[str, dict]:
    """What the kit says of each case."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as config:
        # Copies without a defect must pass on a machine that is busy with other tests.
        config.write(f'[config]\nmutant = "{mutant}"\n[check]\ntime_factor = 6\n')
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


def table_of(mutants: List[Mutant]) -> str:
    rows = [f"| {m.name} | {m.defect} | {', '.join(f'`{case}`' for case in m.cases)} |\n" for m in mutants]
    return HEAD + "".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("kit", "mutants", "store", "durable-store", "table"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--write", action="store_true", help="write the table instead of comparing it")
    arguments = parser.parse_args()
    mutants = read_mutants(pathlib.Path(arguments.mutants))
    problems = []
    for mutant in mutants:
        store = arguments.durable_store if mutant.durable else arguments.store
        found = verdicts(arguments.kit, store, mutant.name, mutant.cases)
        problems += problems_of(mutant, found)
        for case in found.values():
            print(f"{mutant.name}: {case['verdict']}: {case['sentence']}")
    for name in SOUND:
        store = arguments.durable_store if name == "sound-journal" else arguments.store
        for case in verdicts(arguments.kit, store, name, ["store"]).values():
            if case["verdict"] == "skipped":
                print(f"{name}: {case['name']} skipped: {case['sentence']}")
            if case["verdict"] not in ("passed", "skipped"):
                problems.append(f"{name}, which has no defect: {case['name']}: {case['sentence']}")
    listed = subprocess.run([arguments.kit, "--list", "--only", "store"], stdout=subprocess.PIPE, check=True, text=True)
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
