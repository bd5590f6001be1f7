#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The plugin ABI is what the baseline says, but for approved changes.

abi_gate.py check    compiles the witness, describes it with abidw and compares that with the baseline by abidiff. Any
                     difference fails unless approved.txt has a line for it; so do a missing baseline, a missing tool
                     and an approval without a difference.
abi_gate.py record   writes the baseline. Only for a release, or while the ABI is a draft.

libabigail calls an inserted slot, a changed signature and a grown struct all "compatible" (status 4), so every status
but 0 counts. The XML holds no paths, locations or machine names: the same headers give the same file everywhere.
"""

import argparse
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import Dict, List

HERE = pathlib.Path(__file__).resolve().parent
ABIDW = (
    "abidw --no-show-locs --no-corpus-path --no-comp-dir-path --no-elf-needed --no-architecture --type-id-style hash"
).split()
ABIDIFF = "abidiff --leaf-changes-only --harmless --no-show-locs --no-linkage-name".split()
CHANGED = re.compile(r"^'(?:struct|typedef|enum|union) (\w+)' changed:$")


def run(command: List[str], folder: pathlib.Path) -> subprocess.CompletedProcess:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SystemExit(f"{command[0]} is not installed: apt-get install abigail-tools gcc")


def describe(options: argparse.Namespace, out: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        library = pathlib.Path(temporary) / "witness.so"
        # In the witness's own folder, so that its path is its name; without the build's flags, which add symbols.
        compiled = run(
            [options.compiler, "-std=c11", "-g", "-O0", "-fPIC", "-shared", "-I", str(options.headers), "witness.c"]
            + ["-o", str(library)],
            HERE,
        )
        if compiled.returncode != 0:
            raise SystemExit(f"the witness does not compile:\n{compiled.stderr}")
        described = run(ABIDW + ["--out-file", str(out), str(library)], HERE)
        if described.returncode != 0:
            raise SystemExit(f"abidw failed:\n{described.stdout}{described.stderr}")


def changes(report: str) -> Dict[str, str]:
    """The report's changed types: name -> what abidiff says about it."""
    blocks: Dict[str, List[str]] = {}
    current = None
    for line in report.splitlines():
        match = CHANGED.match(line.strip())
        if match:
            current = blocks.setdefault(match.group(1), [])
        elif current is not None and line.startswith(" "):
            current.append(line.rstrip())
        elif line.strip():
            current = None
    return {name: "\n".join(lines) for name, lines in blocks.items()}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def approvals(path: pathlib.Path) -> Dict[str, str]:
    lines = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(None, 2)
        if len(words) != 3:
            raise SystemExit(f"{path}:{number}: not <struct> <digest> <reason>")
        lines[f"{words[0]} {words[1]}"] = words[2]
    return lines


def compare(options: argparse.Namespace) -> int:
    if not options.baseline.exists():
        print(f"{options.baseline}: the recorded ABI is missing, so nothing can be compared with it; restore it from git")
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        now = pathlib.Path(temporary) / "now.xml"
        describe(options, now)
        result = run(ABIDIFF + [str(options.baseline), str(now)], HERE)
    approved = approvals(options.approved)
    found = changes(result.stdout)
    unexplained = {name: text for name, text in found.items() if f"{name} {digest(text)}" not in approved}
    used = {f"{name} {digest(text)}" for name, text in found.items()}
    superfluous = [key for key in approved if key not in used]
    for name, text in unexplained.items():
        print(f"{name} is not what was recorded:\n{text}\n  to approve it: {name} {digest(text)} <reason>\n")
    for key in superfluous:
        print(f"{options.approved.name}: {key} explains no change; remove the line")
    # What abidiff reports beside changed types (functions gone, errors) cannot be approved.
    summary = re.findall(r"(\d+) (?:Removed|Changed|Added)", result.stdout)
    strange = result.returncode != 0 and (not found or any(int(count) for count in summary) or result.returncode & 3)
    if strange:
        print(f"abidiff ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    if unexplained or superfluous or strange:
        return 1
    print(f"the plugin ABI is as recorded, {len(found)} approved changes")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("check", "record"))
    parser.add_argument("--compiler", default="gcc")
    parser.add_argument("--headers", type=pathlib.Path, default=HERE.parent.parent / "plugin-api" / "include")
    parser.add_argument("--baseline", type=pathlib.Path, default=HERE / "baseline.xml")
    parser.add_argument("--approved", type=pathlib.Path, default=HERE / "approved.txt")
    options = parser.parse_args()
    if options.what == "record":
        describe(options, options.baseline)
        return 0
    return compare(options)


if __name__ == "__main__":
    sys.exit(main())
