# SPDX-License-Identifier: Apache-2.0
import unittest

from tree import TreeTest


class Links(TreeTest):
    check = "check_links.py"
    good = {
        "README.md": (
            "# Title\n\nSee [docs](docs/api.md), [part](docs/api.md#the-second-part-1), [here](#title), ![x](<docs/a b.png>),\n"
            "[out](https://example.org/x), [mail](mailto:a@b.example), [folder](docs), [percent](docs/a%20b.png).\n"
            "[by name][ref], `[code](nowhere.md)`\n\n[ref]: docs/api.md\n\n```\n[fenced](nowhere.md)\n```\n"
        ),
        "docs/api.md": "# API\n\n## The second part\n\n## The `second` part\n\n[up](../README.md)\n",
        "docs/a b.png": "",
    }

    def test_links_that_lead_somewhere_pass(self):
        self.assert_passes()

    def test_each_dead_link_is_found_with_its_line(self):
        cases = {
            "[x](nowhere.md)": "README.md:2: nowhere.md leads nowhere",
            "![x](docs/none.png)": "docs/none.png leads nowhere",
            "[x](docs/api.md#no-such-part)": "no heading of that name in docs/api.md",
            "[x](#no-such-part)": "no heading of that name in README.md",
            "[x](/docs/api.md)": "write it relative to this file",
            "[x](../../etc/passwd)": "leaves the tree",
            "[x]: gone.md": "gone.md leads nowhere",
            '[x](gone.md "title")': "gone.md leads nowhere",
        }
        for link, words in cases.items():
            with self.subTest(link=link):
                self.write("README.md", f"# Title\n{link}\n")
                self.assert_says(words)

    def test_a_tree_without_pages_is_no_success(self):
        for path in self.good:
            (self.root / path).unlink()
        self.assert_says("no Markdown found")


if __name__ == "__main__":
    unittest.main()
