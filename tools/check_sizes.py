#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No source file has more than 500 lines, and most have fewer than 300.

tools/size_exceptions.txt lists the files that may be longer: <path> <most lines> <reason>. An exception that is not
needed any more is a problem too, so the list stays honest.
"""

import pathlib
import sys

import source_tree

SUFFIXES = (".h", ".hpp", ".cpp", ".c", ".py", ".sh")
FOLDERS = source_tree.SOURCE_FOLDERS + ("tools", "scripts")
AIM = 300
MOST = 500


def read_exceptions(path: pathlib.Path) -> dict:
    exceptions = {}
    if not path.exists():
        return exceptions
    for number, line in enumerate(source_tree.read(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(None, 2)
        if len(words) != 3 or not words[1].isdigit():
            raise SystemExit(f"{path}:{number}: not <path> <most lines> <reason>")
        exceptions[words[0]] = int(words[1])
    return exceptions


def main() -> int:
    root = source_tree.arguments(__doc__).root
    exceptions = read_exceptions(root / "tools" / "size_exceptions.txt")
    problems = []
    above_aim = []
    count = 0
    for path in source_tree.files(root, SUFFIXES, FOLDERS):
        count += 1
        lines = source_tree.read(root / path).count("\n")
        most = exceptions.pop(str(path), MOST)
        if lines > most:
            problems.append(
                f"{path}: {lines} lines, at most {most}; split it along its ideas, or give tools/size_exceptions.txt a "
                "line with the reason"
            )
        elif most > MOST and lines <= MOST:
            problems.append(f"{path}: {lines} lines need no exception any more; remove it from tools/size_exceptions.txt")
        if lines > AIM:
            above_aim.append(f"{path} ({lines})")
    problems += [f"{path}: in tools/size_exceptions.txt, but there is no such file" for path in exceptions]
    if above_aim:
        print(f"above the aim of {AIM} lines: {', '.join(above_aim)}")
    return source_tree.report(problems, f"{count} files keep to their size")


if __name__ == "__main__":
    sys.exit(main())
