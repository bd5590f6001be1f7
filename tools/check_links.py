#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every relative link in a Markdown file leads to a file, and its #part to a heading of that file."""

import pathlib
import re
import sys
import urllib.parse
from typing import Iterator, Set, Tuple

import source_tree

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?(?:\s+[\"'][^)]*)?\s*\)")
DEFINITION = re.compile(r"^ {0,3}\[[^\]^]+\]:\s*<?(\S+?)>?(?:\s|$)", re.MULTILINE)
HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$", re.MULTILINE)
ANCHOR = re.compile(r"<a\s+(?:id|name)=[\"']([^\"']+)", re.IGNORECASE)


def without_code(text: str) -> str:
    """Fences and code spans turned into blanks; every line keeps its number."""
    blank = lambda m: re.sub(r"[^\n]", " ", m[0])  # noqa: E731
    text = re.sub(r"^ {0,3}(```+|~~~+)[^\n]*\n.*?^ {0,3}\1[`~]*[ \t]*$", blank, text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<!`)(`+)(?!`)(?:.*?[^`])??\1(?!`)", blank, text)


def headings(text: str) -> Set[str]:
    """The anchors GitHub gives the headings."""
    found: Set[str] = set(ANCHOR.findall(text))
    seen: dict = {}
    fenced = re.sub(r"^ {0,3}(```+|~~~+)[^\n]*\n.*?^ {0,3}\1[`~]*[ \t]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    for _, title in HEADING.findall(fenced):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        found.add(slug if slug not in seen else f"{slug}-{seen[slug]}")
        seen[slug] = seen.get(slug, 0) + 1
    return found


def targets(text: str) -> Iterator[Tuple[int, str]]:
    text = without_code(text)
    for pattern in (LINK, DEFINITION):
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, match[1]


def check(root: pathlib.Path, path: pathlib.PurePosixPath) -> Iterator[str]:
    for line, target in targets(source_tree.read(root / path)):
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", target) or target.startswith("//"):
            continue
        name, _, part = target.partition("#")
        name = urllib.parse.unquote(name)
        file = (root / path) if not name else (root / path).parent / name
        if name.startswith("/"):
            yield f"{path}:{line}: {target} begins at the root of whoever shows the page; write it relative to this file"
            continue
        resolved = file.resolve()
        if root.resolve() not in resolved.parents and resolved != root.resolve():
            yield f"{path}:{line}: {target} leaves the tree"
        elif not resolved.exists():
            yield f"{path}:{line}: {target} leads nowhere"
        elif part and resolved.suffix == ".md" and part.lower() not in headings(source_tree.read(resolved)):
            yield f"{path}:{line}: {target}: no heading of that name in {name or path}"


def main() -> int:
    root = source_tree.arguments(__doc__).root
    paths = list(source_tree.files(root, (".md",), (".",)))
    problems = [problem for path in paths for problem in check(root, path)]
    if not paths:
        problems.append(f"{root}: no Markdown found")
    return source_tree.report(problems, f"{len(paths)} Markdown files have no dead link")


if __name__ == "__main__":
    sys.exit(main())
