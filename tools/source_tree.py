# SPDX-License-Identifier: Apache-2.0
"""What the checks of this folder share: which files there are, and C++ text without what is no code."""

import argparse
import pathlib
import re
import sys
from typing import Iterator, List

SOURCE_FOLDERS = ("host", "plugin-api", "plugins", "tests", "bench", "examples")
SKIPPED = {".git", ".cache", "build", "corpus", "__pycache__"}


def files(root: pathlib.Path, suffixes: tuple, folders: tuple = SOURCE_FOLDERS) -> Iterator[pathlib.PurePosixPath]:
    """Paths below `root` in a stable order, build trees and fuzz corpora apart. "." among the folders: the whole tree."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            relative = path.relative_to(root)
            if path.suffix in suffixes and not SKIPPED & set(relative.parts) and path.is_file():
                yield pathlib.PurePosixPath(relative.as_posix())


def read(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


_TOKEN = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
    """,
    re.DOTALL | re.VERBOSE,
)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without_comments(text: str) -> str:
    """The same text, comments turned into blanks; every line keeps its number."""
    return _TOKEN.sub(lambda m: _blank(m[0]) if m[0].startswith("/") else m[0], text)


def without_comments_and_texts(text: str) -> str:
    """As without_comments, and the insides of string and character literals too. Include lines stay whole."""
    code = without_comments(text)

    def hide(match: re.Match) -> str:
        line_start = code.rfind("\n", 0, match.start()) + 1
        if re.match(r"\s*#\s*include\b", code[line_start : match.start()] + " "):
            return match[0]
        return match[0][0] + _blank(match[0][1:-1]) + match[0][-1]

    return _TOKEN.sub(hide, code)


def arguments(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--root",
        type=pathlib.Path,
        default=pathlib.Path(__file__).resolve().parent.parent,
        help="the tree to look at",
    )
    return parser.parse_args()


def report(problems: List[str], what_is_fine: str) -> int:
    """Prints and gives the exit status."""
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}", file=sys.stderr)
        return 1
    print(what_is_fine)
    return 0
