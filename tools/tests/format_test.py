# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import unittest

from tree import TOOLS, TreeTest


class Format(TreeTest):
    good = {".clang-format": "BasedOnStyle: Google\nColumnLimit: 120\n", "host/a.cpp": "int a = 1;\n"}

    def run_check(self):
        environment = {**os.environ, "GATEHOUSE_ROOT": str(self.root)}
        return subprocess.run(
            [str(TOOLS / "check_format.sh")], env=environment, capture_output=True, text=True, check=False
        )

    def test_formatted_sources_pass(self):
        self.assert_passes()

    def test_a_blank_too_many_is_found(self):
        self.write("host/a.cpp", "int  a = 1;\n")
        self.assert_says("host/a.cpp:1:")

    def test_a_tree_without_sources_is_no_success(self):
        (self.root / "host/a.cpp").unlink()
        self.assert_says("no sources found")


if __name__ == "__main__":
    unittest.main()
