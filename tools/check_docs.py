#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the code has, the documents have: error codes, settings, plugins' settings and routes, and nothing besides."""

import pathlib
import re
import sys
from typing import Iterator, List, Optional, Set

import source_tree



class Missing(Exception):
    pass


class Tree:
    def __init__(self, root: pathlib.Path):
        self.root = root

    def read(self, path: str) -> str:
        file = self.root / path
        if not file.is_file():
            raise Missing(f"{path}: is missing")
        return source_tree.read(file)

    def code(self, path: str) -> str:
        return source_tree.without_comments(self.read(path))


def found(pattern: str, text: str, where: str) -> List[str]:
    """All matches in order, once each. None at all means that this script does not understand the file any more."""
    matches = list(dict.fromkeys(re.findall(pattern, text, re.DOTALL)))
    if not matches:
        raise Missing(f"{where}: found nothing to compare; has its form changed? Then tools/check_docs.py has to follow")
    return matches


def error_codes(tree: Tree) -> Iterator[str]:
    header = tree.code("host/base/error.h")
    enum = re.search(r"enum class Code[^{]*\{(.*?)\}", header, re.DOTALL)
    codes = found(r"\b([A-Z]\w*)\s*(?=,|$|\})", enum[1] if enum else "", "host/base/error.h")
    source = tree.code("host/base/error.cpp")
    names = dict(re.findall(r"case Code::(\w+):\s*return \"(\w+)\"", source))
    documented = set(re.findall(r"^\|\s*`([A-Z][A-Z_]*)`", tree.read("docs/errors.md"), re.MULTILINE))
    for code in codes:
        if code not in names:
            yield f"host/base/error.cpp: Code::{code} has no public name"
        elif names[code] not in documented:
            yield f"docs/errors.md: no row for `{names[code]}` (Code::{code})"
    for name in sorted(documented - set(names.values())):
        yield f"docs/errors.md: the row for `{name}` describes a code that does not exist"


def written_settings(text: str, name: str, problems: List[str]) -> Set[str]:
    """The paths of all settings in a TOML file, those in comments too. Each must have a sentence."""
    paths: Set[str] = set()
    table = ""
    above = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"^#?\s?(\[\[?)([\w.\-\"]+)\]?\]", line)
        key = re.match(r"^#?\s?([a-z][a-z0-9_]*)\s*=\s*(.*)$", line)
        if header:
            table = ("[[" if header[1] == "[[" else "") + header[2]
            above = ""
        elif key:
            path = f"{table}.{key[1]}" if table else key[1]
            paths.add(path)
            value = re.sub(r"\"(?:\\.|[^\"\\])*\"|'[^']*'", "", key[2])
            inline = value.partition("#")[2].strip()
            # What stands below a plugin's own table is an example of it.
            if not inline and not above and table != "plugin.config":
                problems.append(f"{name}:{number}: {path} has no sentence, neither above nor behind it")
            above = ""
        else:
            comment = re.match(r"^#\s*(\S.*)$", line)
            above = comment[1] if comment else ""
    return paths


def host_settings(tree: Tree) -> Iterator[str]:
    table = tree.code("host/app/config_settings.cpp")
    known = set(found(r"\bsetting<[^()]*?>\(\s*\"([\w.]+)\"", table, "host/app/config_settings.cpp"))
    known |= {f"[[plugin.{key}" for key in re.findall(r"\bplugin_key<[^()]*?>\(\s*\"([\w.]+)\"", table)}
    problems: List[str] = []
    written = written_settings(tree.read("config/gatehouse.toml"), "config/gatehouse.toml", problems)
    yield from problems
    for path in sorted(known - written):
        yield f"config/gatehouse.toml: `{path.replace('[[', '')}` is a setting and not there"
    for path in sorted(written - known):
        # Chains for kinds of records and the plugins' own tables have names of their own.
        if not path.startswith(("plugin.config.", "storage.", "[[plugin.")):
            yield f"config/gatehouse.toml: `{path}` is no setting of the server"


def plugin_settings(tree: Tree) -> Iterator[str]:
    for folder in sorted((tree.root / "plugins").iterdir()):
        source: Optional[str] = None
        for file in sorted(folder.glob("*.cpp")):
            text = source_tree.without_comments(source_tree.read(file))
            if "GATEHOUSE_PLUGIN(" in text:
                source = text
        if source is None:
            continue
        readme = f"plugins/{folder.name}/README.md"
        documented = set(re.findall(r"^\|\s*`(\w+)`", tree.read(readme), re.MULTILINE))
        keys = re.findall(r"\bSetting::\w+\(\s*\"(\w+)\"", source)
        for key in keys:
            if key not in documented:
                yield f"{readme}: no row for the setting `{key}`"


def routes(tree: Tree) -> Iterator[str]:
    rows = found(r"\{\s*Method::(\w+),\s*\"([^\"]+)\"", tree.code("host/app/routes.cpp"), "host/app/routes.cpp")
    page = tree.read("docs/api.md")
    documented = set()
    for row in re.findall(r"^\|([^|]*)\|", page, re.MULTILINE):
        methods = re.findall(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b", row)
        for path in re.findall(r"`(/[^`\s]*)`", row):
            documented |= {(method, path) for method in methods}
    existing = set()
    for method, path in rows:
        full = path[1:] if path.startswith("//") else "/auth" + path
        existing.add((method.upper(), full))
        if (method.upper(), full) not in documented:
            yield f"docs/api.md: no row for {method.upper()} `{full}` of host/app/routes.cpp"
    for method, path in sorted(documented - existing):
        yield f"docs/api.md: {method} `{path}` is not in host/app/routes.cpp"


def main() -> int:
    tree = Tree(source_tree.arguments(__doc__).root)
    problems: List[str] = []
    for check in (error_codes, host_settings, plugin_settings, routes):
        try:
            problems += check(tree)
        except Missing as missing:
            problems.append(str(missing))
    return source_tree.report(problems, "error codes, settings and routes are documented")


if __name__ == "__main__":
    sys.exit(main())
