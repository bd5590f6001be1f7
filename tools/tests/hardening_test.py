# SPDX-License-Identifier: Apache-2.0
"""Programs built with one flag turned round; check_hardening.sh has to notice each."""

import os
import subprocess
import unittest

from tree import TOOLS, TreeTest

COMPILER = os.environ.get("CC", "cc")
COMPILE = ["-O2", "-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"]
LINK = ["-Wl,-z,relro,-z,now,-z,noexecstack"]
SOURCE = """
#include <stdio.h>
#include <string.h>
int fill(char* to, const char* from) { char part[64]; strcpy(part, from); return snprintf(to, 64, "%s", part); }
"""


class Hardening(TreeTest):
    def build(self, changed_program=(), changed_plugin=()):
        for path in ("bin", "lib/gatehouse"):
            (self.root / path).mkdir(parents=True, exist_ok=True)
        self.write("plugin.c", SOURCE)
        self.write("program.c", SOURCE + "int main(int n, char** v) { char a[64]; return n > 1 ? fill(a, v[1]) : 0; }\n")
        program = [*COMPILE, "-fPIE", "-pie", *LINK, *changed_program, "program.c", "-o", "bin/gatehouse"]
        plugin = [*COMPILE, "-fPIC", "-shared", *LINK, *changed_plugin, "plugin.c", "-o", "lib/gatehouse/p.so"]
        for arguments in (program, plugin):
            subprocess.run([COMPILER, *arguments], cwd=self.root, check=True, capture_output=True)

    def run_check(self):
        return subprocess.run(
            [str(TOOLS / "check_hardening.sh"), str(self.root)], capture_output=True, text=True, check=False
        )

    def test_all_flags_pass(self):
        self.build()
        self.assert_passes()

    def test_each_flag_that_got_lost_is_found(self):
        cases = [
            (["-fno-pie", "-no-pie"], "is not position independent"),
            (["-Wl,-z,norelro"], "has no RELRO segment"),
            (["-Wl,-z,lazy"], "binds lazily"),
            (["-Wl,-z,execstack"], "has an executable stack"),
            (["-Wl,-rpath,/somewhere"], "path of the build machine"),
            (["-fno-stack-protector"], "has no stack protector"),
            (["-U_FORTIFY_SOURCE"], "without _FORTIFY_SOURCE"),
        ]
        for flags, words in cases:
            with self.subTest(flags=flags):
                self.build(changed_program=flags)
                self.assert_says("bin/gatehouse: ", words)
                if "-no-pie" not in flags:
                    self.build(changed_plugin=flags)
                    self.assert_says("lib/gatehouse/p.so: ", words)

    def test_a_build_without_program_or_plugins_is_no_success(self):
        self.assert_says("bin/gatehouse is missing")
        self.build()
        (self.root / "lib/gatehouse/p.so").unlink()
        self.assert_says("holds no plugin")


if __name__ == "__main__":
    unittest.main()
