# SPDX-License-Identifier: Apache-2.0
import unittest

from tree import TreeTest


class Sizes(TreeTest):
    check = "check_sizes.py"
    good = {
        "host/base/small.cpp": "x\n" * 300,
        "host/base/larger.cpp": "x\n" * 500,
        "host/base/table.cpp": "x\n" * 600,
        "tools/size_exceptions.txt": "# comment\nhost/base/table.cpp 650 a table of code points\n",
    }

    def test_budgets_and_exceptions_pass_and_files_above_the_aim_are_named(self):
        self.assert_passes()
        self.assertIn("above the aim of 300 lines: host/base/larger.cpp (500)", self.run_check().stdout)

    def test_a_line_too_many_is_found(self):
        self.write("host/base/larger.cpp", "x\n" * 501)
        self.assert_says("host/base/larger.cpp: 501 lines, at most 500")

    def test_an_exception_has_an_end_too(self):
        self.write("host/base/table.cpp", "x\n" * 651)
        self.assert_says("host/base/table.cpp: 651 lines, at most 650")

    def test_an_exception_nobody_needs_is_found(self):
        self.write("host/base/table.cpp", "x\n" * 400)
        self.assert_says("need no exception any more")
        (self.root / "host/base/table.cpp").unlink()
        self.assert_says("there is no such file")

    def test_an_exception_needs_a_reason(self):
        self.write("tools/size_exceptions.txt", "host/base/table.cpp 650\n")
        self.assert_says("not <path> <most lines> <reason>")


if __name__ == "__main__":
    unittest.main()
