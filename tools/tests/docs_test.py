# SPDX-License-Identifier: Apache-2.0
import unittest

from tree import TreeTest


class Docs(TreeTest):
    check = "check_docs.py"
    good = {
        "host/base/error.h": "enum class Code : int {\n  // a client\n  TokenInvalid,\n  InDoubt,  // read back\n  Internal,\n};\n",
        "host/base/error.cpp": (
            'case Code::TokenInvalid: return "TOKEN_INVALID";\ncase Code::InDoubt: return "PROVIDER_UNAVAILABLE";\n'
            'case Code::Internal: return "INTERNAL_ERROR";\n'
        ),
        "docs/errors.md": "| code | status |\n|---|---|\n| `TOKEN_INVALID` | 401 |\n| `PROVIDER_UNAVAILABLE` | 503 |\n"
        "| `INTERNAL_ERROR` | 500 |\n",
        "host/app/config_settings.cpp": (
            'setting<&C::mode>("mode", choice("a")),\nsetting<&C::server, &S::listen>(\n    "server.listen", text(x)),\n'
            'setting<&C::p, &P::h, &H::memory>("passwords.hash.memory", size(1)),\n'
            'plugin_key<&P::name>("name", text(plugin_name)),\n'
        ),
        "config/gatehouse.toml": (
            '# What it is for.\nmode = "dev"\n\n[server]\n# Where.\n#listen = "127.0.0.1:8080"\n\n[passwords.hash]\n'
            'memory = "64MiB"  # of one hash\n\n[[plugin]]\n# What the settings call it.\nname = "keys"\n# [plugin.config]\n# keyring = "x"\n'
        ),
        "plugins/kms-local/plugin.cpp": 'sdk::Setting::path("keyring", "x"),\nGATEHOUSE_PLUGIN(A, b);\n',
        "plugins/kms-local/README.md": "| setting |\n|---|\n| `keyring` | path |\n",
        "host/app/routes.cpp": (
            '{Method::Post, "/login", Access::Anyone},\n{Method::Delete, "/sessions/{id}", x},\n'
            '{Method::Get, "//.well-known/jwks.json", y},\n'
        ),
        "docs/api.md": "| route | who |\n|---|---|\n| POST `/auth/login` | anyone |\n| DELETE `/auth/sessions/{id}` | user |\n"
        "| GET `/.well-known/jwks.json` | anyone |\n",
    }

    def replace(self, path: str, old: str, new: str) -> None:
        self.assertIn(old, self.good[path])
        self.write(path, self.good[path].replace(old, new))

    def test_documents_that_say_everything_pass(self):
        self.assert_passes()

    def test_each_thing_that_is_missing_is_found(self):
        cases = [
            ("docs/errors.md", "| `TOKEN_INVALID` | 401 |\n", "", "no row for `TOKEN_INVALID` (Code::TokenInvalid)"),
            ("docs/errors.md", "TOKEN_INVALID", "TOKEN_INVALED", "`TOKEN_INVALED` describes a code that does not exist"),
            ("host/base/error.h", "  Internal,", "  Internal,\n  Newest,", "Code::Newest has no public name"),
            ("config/gatehouse.toml", '#listen = "127.0.0.1:8080"\n', "", "`server.listen` is a setting and not there"),
            ("config/gatehouse.toml", "# Where.\n", "", "config/gatehouse.toml:5: server.listen has no sentence"),
            ("config/gatehouse.toml", "  # of one hash", "", "passwords.hash.memory has no sentence"),
            ("config/gatehouse.toml", "mode =", "moode =", "`moode` is no setting of the server"),
            ("config/gatehouse.toml", 'name = "keys"\n', "", "`plugin.name` is a setting and not there"),
            ("plugins/kms-local/README.md", "keyring", "key_ring", "no row for the setting `keyring`"),
            ("docs/api.md", "| DELETE `/auth/sessions/{id}` | user |\n", "", "no row for DELETE `/auth/sessions/{id}`"),
            ("docs/api.md", "POST `/auth/login`", "GET `/auth/login`", "no row for POST `/auth/login`"),
            ("docs/api.md", "| GET `/.well", "| GET `/auth/gone` | x |\n| GET `/.well", "GET `/auth/gone` is not in"),
            ("host/app/routes.cpp", "Method::", "Verb::", "host/app/routes.cpp: found nothing to compare"),
            ("host/app/config_settings.cpp", "setting<", "option<", "found nothing to compare"),
        ]
        for path, old, new, words in cases:
            with self.subTest(words=words):
                self.replace(path, old, new)
                self.assert_says(words)
                self.write(path, self.good[path])
        self.assert_passes()

    def test_a_document_that_is_not_there_is_found(self):
        for path in ("docs/errors.md", "docs/api.md", "config/gatehouse.toml", "plugins/kms-local/README.md"):
            with self.subTest(path=path):
                (self.root / path).unlink()
                self.assert_says(f"{path}: is missing")
                self.write(path, self.good[path])


if __name__ == "__main__":
    unittest.main()
