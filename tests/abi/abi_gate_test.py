# SPDX-License-Identifier: Apache-2.0
"""abi_gate.py notices each kind of change to the headers, and nothing but an approval of that very change calms it."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = HERE.parent.parent / "plugin-api" / "include"


class Gate(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        shutil.copytree(HEADERS, self.root / "include")
        self.approved = self.root / "approved.txt"
        self.approved.write_text("# nothing\n", encoding="utf-8")

    def change(self, header: str, pattern: str, replacement: str) -> None:
        file = self.root / "include" / "gatehouse" / header
        text, count = re.subn(pattern, replacement, file.read_text(encoding="utf-8"), count=1)
        self.assertEqual(count, 1, f"{pattern} is not in {header}")
        file.write_text(text, encoding="utf-8")

    def check(self, *more: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-B", str(HERE / "abi_gate.py"), "check", "--headers", str(self.root / "include")]
        command += ["--approved", str(self.approved), *more]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def assert_refuses(self, *words: str) -> str:
        result = self.check()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stdout)
        return result.stdout

    def test_the_recorded_headers_pass(self):
        result = self.check()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_a_member_in_the_middle_is_refused(self):
        self.change("plugin.h", r"  gh_slice name; ", "  uint64_t more;\n  gh_slice name; ")
        self.assert_refuses("gh_create_args is not what was recorded", "'uint64_t more', at offset 128")

    def test_a_slot_with_another_signature_is_refused(self):
        self.change("kms.h", r"\(\*rotate\)(.*)uint32_t\* version", r"(*rotate)\1uint64_t* version")
        self.assert_refuses("uint64_t*")

    def test_a_type_that_only_a_table_behind_void_reaches_is_seen(self):
        self.change("store.h", r"uint32_t unique_index;", "uint64_t unique_index;")
        self.assert_refuses("gh_commit_out is not what was recorded")

    def test_a_member_with_another_name_is_refused(self):
        self.change("kms.h", r"  uint32_t state;", "  uint32_t phase;")
        self.assert_refuses("gh_key_info is not what was recorded")

    def test_growth_at_the_end_passes_only_when_it_is_approved(self):
        self.change("rate_limiter.h", r"} gh_take_out;", "  uint64_t more;\n} gh_take_out;")
        said = self.assert_refuses("gh_take_out is not what was recorded")
        line = re.search(r"to approve it: (gh_take_out [0-9a-f]{16})", said)
        self.assertIsNotNone(line, said)
        self.approved.write_text(f"{line.group(1)} a plugin may say more\n", encoding="utf-8")
        self.assertEqual(self.check().returncode, 0)
        self.change("rate_limiter.h", r"} gh_take_out;", "  uint64_t still_more;\n} gh_take_out;")
        self.assert_refuses("still_more", "explains no change")

    def test_an_approval_needs_a_change_and_a_reason(self):
        self.approved.write_text("gh_take_out 0123456789abcdef it was meant\n", encoding="utf-8")
        self.assert_refuses("gh_take_out 0123456789abcdef explains no change")
        self.approved.write_text("gh_take_out 0123456789abcdef\n", encoding="utf-8")
        self.assertIn("not <struct> <digest> <reason>", self.check().stderr)

    def test_without_a_baseline_nothing_passes(self):
        result = self.check("--baseline", str(self.root / "none.xml"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("the recorded ABI is missing", result.stdout)

    def test_a_header_that_does_not_compile_is_refused(self):
        self.change("plugin.h", r"typedef struct gh_setting", "typedef strict gh_setting")
        result = self.check()
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("the witness does not compile", result.stderr)


if __name__ == "__main__":
    unittest.main()
