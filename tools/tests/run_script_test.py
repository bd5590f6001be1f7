# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "run.sh"
FREE = "127.0.0.1:0"


class TakenPort(unittest.TestCase):
    """scripts/run.sh says that a port is taken before it builds: here it gets no further than to a cmake that fails."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ("cmake", "ninja"):
            tool = pathlib.Path(folder.name) / name
            tool.write_text("#!/bin/sh\necho built >&2\nexit 9\n")
            tool.chmod(0o755)
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.taken = "127.0.0.1:%d" % listener.getsockname()[1]
        self.path = folder.name + ":" + os.environ["PATH"]

    def run_script(self, *arguments, listen=FREE, management=FREE):
        environment = dict(
            os.environ,
            PATH=self.path,
            GATEHOUSE_SKIP_PACKAGES="1",
            GATEHOUSE__SERVER__LISTEN=listen,
            GATEHOUSE__SERVER__MANAGEMENT=management,
        )
        return subprocess.run([SCRIPT, *arguments], env=environment, capture_output=True, text=True, timeout=60).stderr

    def test_of_the_environment_is_told(self):
        self.assertIn("something already answers on " + self.taken, self.run_script(listen=self.taken))
        self.assertIn("something already answers on " + self.taken, self.run_script(management=self.taken))
        self.assertIn(self.taken, self.run_script("--config", "gatehouse.toml", listen=self.taken))

    def test_of_an_argument_is_told(self):
        self.assertIn("something already answers on " + self.taken, self.run_script("--listen", self.taken))
        self.assertIn("something already answers on " + self.taken, self.run_script("--management=" + self.taken))

    def test_that_an_argument_overrides_does_not_matter(self):
        said = self.run_script("--listen", FREE, listen=self.taken)
        self.assertNotIn("taken", said)
        self.assertIn("built", said)


if __name__ == "__main__":
    unittest.main()
