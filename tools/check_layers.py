#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom, and which words stay where they belong. The rules are data: tools/layers.txt."""

import dataclasses
import fnmatch
import pathlib
import re
import sys
from typing import Dict, Iterator, List, Optional

import source_tree

SUFFIXES = (".h", ".hpp", ".cpp", ".c")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")', re.MULTILINE)


@dataclasses.dataclass
class IncludeRule:
    files: str
    everywhere: List[str]
    sources_only: List[str]


@dataclasses.dataclass
class WordRule:
    files: List[str]
    but_not: List[str]
    where: str
    what: re.Pattern
    why: str


@dataclasses.dataclass
class Rules:
    groups: Dict[str, List[str]] = dataclasses.field(default_factory=dict)
    includes: List[IncludeRule] = dataclasses.field(default_factory=list)
    private: List[str] = dataclasses.field(default_factory=list)
    words: List[WordRule] = dataclasses.field(default_factory=list)


def read_rules(path: pathlib.Path) -> Rules:
    rules = Rules()
    section = ""
    for number, line in enumerate(source_tree.read(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[] ")
            continue
        try:
            if section == "groups":
                name, headers = (part.strip() for part in line.split("|"))
                rules.groups[name] = headers.split()
            elif section == "may include":
                files, everywhere, sources = (part.strip() for part in line.split("|"))
                rules.includes.append(IncludeRule(files, everywhere.split(), sources.split()))
            elif section == "private":
                rules.private.append(line.strip())
            elif section == "never":
                # The expression may hold the separator too, so the outer columns are cut off first.
                files, but_not, where, rest = line.split(" | ", 3)
                what, why = rest.rsplit(" | ", 1)
                if where.strip() not in ("code", "text", "header"):
                    raise ValueError("where is none of code, text, header")
                rules.words.append(
                    WordRule(files.split(), but_not.split(), where.strip(), re.compile(what.strip()), why.strip())
                )
            else:
                raise ValueError("a line outside the sections")
        except (ValueError, re.error) as error:
            raise SystemExit(f"{path}:{number}: {error}")
    return rules


def own_folder(path: str) -> str:
    """host/auth/login.cpp -> host/auth"""
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


class Checker:
    def __init__(self, root: pathlib.Path, rules: Rules):
        self.root = root
        self.rules = rules

    def resolve(self, path: str, header: str, quoted: bool) -> Optional[str]:
        """The file of this tree that an include means, if it is one."""
        candidates = []
        if quoted:
            candidates += [str(pathlib.PurePosixPath(path).parent / header), f"host/{header}", f"tests/{header}"]
            candidates += [f"bench/{header}", f"plugins/{header}", f"{own_folder(path)}/{header}"]
        if header.startswith("gatehouse/"):
            candidates += [f"plugin-api/include/{header}", f"plugin-api/sdk/include/{header}"]
        for candidate in candidates:
            if (self.root / candidate).is_file():
                return str(pathlib.PurePosixPath((self.root / candidate).resolve().relative_to(self.root.resolve())))
        return None

    def group(self, header: str) -> str:
        for name, patterns in self.rules.groups.items():
            if any(fnmatch.fnmatchcase(header, pattern) for pattern in patterns):
                return name
        return "" if "/" in header else "std"

    def allowed(self, path: str, header: str, quoted: bool, entries: List[str]) -> bool:
        if "any" in entries:
            return True
        target = self.resolve(path, header, quoted)
        if target is not None:
            own = own_folder(path)
            return target.startswith(own + "/") or any(
                target == entry or target.startswith(entry + "/") for entry in entries
            )
        # A quoted header that is not in the tree is made by the build, from the folder's own data.
        return quoted or header in entries or self.group(header) in entries

    def includes(self, path: str, text: str) -> Iterator[str]:
        rule = next((r for r in self.rules.includes if fnmatch.fnmatchcase(path, r.files)), None)
        if rule is None:
            yield f"{path}:1: no row of [may include] fits this file; add one to tools/layers.txt"
            return
        is_source = path.endswith((".cpp", ".c")) or path in self.rules.private
        for match in INCLUDE.finditer(source_tree.without_comments(text)):
            header, quoted = (match[1], False) if match[1] else (match[2], True)
            line = text.count("\n", 0, match.start()) + 1
            entries = rule.everywhere + (rule.sources_only if is_source else [])
            target = self.resolve(path, header, quoted)
            if target in self.rules.private and not (is_source and own_folder(path) == own_folder(target)):
                if not path.startswith("tests/"):
                    yield f"{path}:{line}: {header} is private to the .cpp files of {own_folder(target)}"
                continue
            if self.allowed(path, header, quoted, entries):
                continue
            if self.allowed(path, header, quoted, rule.sources_only):
                yield (
                    f"{path}:{line}: {header} may be included by the .cpp files of this folder only, so that whoever "
                    f"includes this header does not depend on it (row {rule.files})"
                )
            elif self.resolve(path, header, quoted) is None and not self.group(header):
                yield f"{path}:{line}: {header} is of a library that no group names; add it to tools/layers.txt"
            else:
                yield (
                    f"{path}:{line}: may not include {header}; files of {rule.files} may include: "
                    f"{' '.join(entries)} and their own folder"
                )

    def words(self, path: str, text: str) -> Iterator[str]:
        views = {}
        for rule in self.rules.words:
            if not any(fnmatch.fnmatchcase(path, pattern) for pattern in rule.files):
                continue
            if any(fnmatch.fnmatchcase(path, pattern) for pattern in rule.but_not):
                continue
            if rule.where not in views:
                views[rule.where] = self.view(rule.where, text)
            for match in rule.what.finditer(views[rule.where]):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{path}:{line}: `{match[0].strip()}` has no place here: {rule.why}"

    @staticmethod
    def view(where: str, text: str) -> str:
        if where == "code":
            return source_tree.without_comments_and_texts(text)
        text = source_tree.without_comments(text)
        if where == "text":
            return text
        return "\n".join(line if re.match(r"\s*#\s*include", line) else "" for line in text.split("\n"))


def main() -> int:
    root = source_tree.arguments(__doc__).root
    checker = Checker(root, read_rules(pathlib.Path(__file__).resolve().parent / "layers.txt"))
    problems: List[str] = []
    count = 0
    for path in source_tree.files(root, SUFFIXES):
        text = source_tree.read(root / path)
        problems += checker.includes(str(path), text)
        problems += checker.words(str(path), text)
        count += 1
    if count == 0:
        problems.append(f"{root}: no sources found")
    return source_tree.report(problems, f"{count} files keep to their layers")


if __name__ == "__main__":
    sys.exit(main())
