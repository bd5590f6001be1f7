# SPDX-License-Identifier: Apache-2.0
"""A small tree that passes a check, and what the check says after one thing in it was changed."""

import pathlib
import subprocess
import sys
import tempfile
import unittest
from typing import Dict

TOOLS = pathlib.Path(__file__).resolve().parent.parent


class TreeTest(unittest.TestCase):
    check = ""  # the script under test
    good: Dict[str, str] = {}  # path -> text of a tree it has nothing to say about

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path, text in self.good.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run_check(self) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, str(TOOLS / self.check), "--root", str(self.root)],
            capture_output=True,
            text=True,
            check=False,
        )

    def assert_passes(self) -> None:
        result = self.run_check()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def assert_says(self, *words: str) -> None:
        result = self.run_check()
        self.assertNotEqual(result.returncode, 0, "the check passed")
        for word in words:
            self.assertIn(word, result.stdout + result.stderr)
