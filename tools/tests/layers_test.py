# SPDX-License-Identifier: Apache-2.0
import unittest

from tree import TreeTest


class Layers(TreeTest):
    check = "check_layers.py"
    good = {
        "plugin-api/include/gatehouse/abi.h": "#include <stdint.h>\n",
        "plugin-api/sdk/include/gatehouse/sdk/result.hpp": "#include <gatehouse/abi.h>\n#include <utility>\n",
        "host/base/clock.h": "#include <gatehouse/sdk/result.hpp>\n",
        "host/base/clock.cpp": '#include "base/clock.h"\nauto n = std::chrono::system_clock::now();\n',
        "host/crypto/digest.cpp": '#include <openssl/evp.h>\n#include "base/clock.h"\n',
        "host/providers/slices.h": "#include <gatehouse/abi.h>\n",
        "host/providers/storage.h": '#include "base/clock.h"\n',
        "host/providers/storage.cpp": '#include "providers/slices.h"\ngh_status s;\n',
        "host/http/request.h": "#include <string>\n",
        "host/http/router.h": "#include <string>\n",
        "host/http/server.cpp": "#include <Poco/Net/Socket.h>\n#include <boost/beast/http.hpp>\n",
        "host/accounts/user.h": "",
        "host/accounts/gate.h": "",
        "host/sessions/session.cpp": '#include "accounts/user.h"\n',
        "host/auth/login.cpp": '#include "providers/storage.h"\n',
        "host/auth/auth_handlers.cpp": '#include "http/request.h"\n#include "auth/login.h"\n',
        "host/auth/login.h": "",
        "host/app/wiring.cpp": '#include "auth/login.h"\n#include <toml++/toml.h>\n',
        "plugins/store-memory/shard.h": "",
        "plugins/store-memory/store.cpp": '#include "shard.h"\n#include <gatehouse/abi.h>\n',
        "plugins/kms-local/key.cpp": "#include <openssl/evp.h>\n",
        "tests/support/http_client.h": "",
        "tests/api/login_test.cpp": '#include "support/http_client.h"\n#include <gtest/gtest.h>\n',
        "tests/unit/base/clock_test.cpp": '#include "base/clock.h"\n#include <random>\nstd::random_device d;\n',
        "bench/load/main.cpp": '#include "support/http_client.h"\n',
    }

    def test_a_tree_that_keeps_to_them_passes(self):
        self.assert_passes()

    def test_words_in_comments_texts_and_members_are_nobodys_business(self):
        self.write(
            "host/crypto/digest.cpp",
            "// system_clock::now, rand() and gh_status\n/* std::random_device */\n"
            'const char* a = "rand(), time(NULL)";\n'
            "auto b = clock_.time(); auto c = host.random(x, 1); Value::time(now); int operand(int);\n"
            'auto d = R"(system_clock::now)";\nauto e = Op::Delete; char f = \'"\'; // "\n',
        )
        self.assert_passes()

    def test_each_forbidden_include_is_found_and_explained(self):
        cases = {
            "host/base/clock.h": ('#include "crypto/digest.h"\n', "host/base/clock.h:1: may not include crypto/digest.h"),
            "host/crypto/digest.cpp": ("#include <Poco/Net/Socket.h>\n", "may not include Poco/Net/Socket.h"),
            "host/http/server.cpp": ('#include "auth/login.h"\n', "may not include auth/login.h"),
            "host/auth/login.cpp": ('#include "http/request.h"\n', "may not include http/request.h"),
            "host/auth/auth_handlers.cpp": ('\n#include "http/router.h"\n', ":2: may not include http/router.h"),
            "host/sessions/session.cpp": ('#include "accounts/gate.h"\n', "may not include accounts/gate.h"),
            "host/providers/storage.h": ("#include <gatehouse/abi.h>\n", "by the .cpp files of this folder only"),
            "host/accounts/gate.h": ('#include "app/wiring.h"\n', "may not include app/wiring.h"),
            "plugins/store-memory/store.cpp": ('#include "base/clock.h"\n', "may not include base/clock.h"),
            "plugins/kms-local/key.cpp": ('#include "../store-memory/shard.h"\n', "may not include ../store-memory/shard.h"),
            "plugin-api/include/gatehouse/abi.h": ("#include <string.h>\n", "may not include string.h"),
            "tests/api/login_test.cpp": ('#include "base/clock.h"\n', "may not include base/clock.h"),
            "bench/load/main.cpp": ('#include "http/request.h"\n', "may not include http/request.h"),
            "host/http/router.h": ("#include <leveldb/db.h>\n", "of a library that no group names"),
        }
        self.write("host/app/wiring.h", "")
        self.write("host/crypto/digest.h", "")
        for path, (text, words) in cases.items():
            with self.subTest(path=path):
                self.write(path, text)
                self.assert_says(words)
                self.write(path, self.good[path])
        self.assert_passes()

    def test_a_private_header_stays_with_the_sources_of_its_folder(self):
        self.write("host/providers/storage.h", '#include "providers/slices.h"\n')
        self.assert_says("providers/slices.h is private to the .cpp files of host/providers")

    def test_each_banned_word_is_found_and_explained(self):
        cases = [
            ("host/auth/login.cpp", "auto n = std::chrono::system_clock::now();\n", "time comes from Clock"),
            ("host/http/server.cpp", "auto n = steady_clock::now();\n", "deadlines are measured by Clock"),
            ("plugins/store-memory/store.cpp", "auto n = time(nullptr);\n", "time comes from Clock"),
            ("plugins/store-memory/store.cpp", "auto n = std::time(NULL);\n", "time comes from Clock"),
            ("host/crypto/digest.cpp", "int n = rand();\n", "rand is guessable"),
            ("host/crypto/digest.cpp", "int n = std::rand();\n", "rand is guessable"),
            ("plugins/kms-local/key.cpp", "std::random_device d;\n", "randomness comes from Random"),
            ("host/http/router.h", "class A { std::vector<Poco::Net::IPAddress> b; };\n", None),
            ("host/auth/login.h", "#include <Poco/Net/IPAddress.h>\n", "Poco stays behind"),
            ("host/auth/login.h", "Poco::Net::IPAddress address;\n", "Poco stays behind"),
            ("host/auth/login.cpp", "gh_store_v1* table;\n", "the C ABI ends there"),
            ("host/auth/login.cpp", "http::Response answer;\n", "a use case knows no HTTP"),
            ("host/auth/login.cpp", 'auto q = "SELECT id FROM users";\n', "SQL lives in a store plugin"),
            ("host/auth/login.cpp", 'auto q = "delete from users";\n', "SQL lives in a store plugin"),
            ("host/providers/storage.cpp", "class RedisStore; int redis;\n", "does not know which store"),
            ("host/providers/storage.cpp", 'auto c = "HGETALL";\n', "Redis commands"),
            ("host/http/request.h", "#include <nlohmann/json.hpp>\n", "a heavy header in a header"),
            ("host/app/wiring.h", "#include <toml++/toml.h>\n", "a heavy header in a header"),
            ("host/http/request.h", "#include <boost/beast/http.hpp>\n", "a heavy header in a header"),
        ]
        for path, text, words in cases:
            with self.subTest(text=text):
                self.write(path, text)
                if words is None:
                    self.assert_passes()
                else:
                    self.assert_says(f"{path}:1: ", words)
                self.write(path, self.good.get(path, ""))
        self.assert_passes()

    def test_a_folder_without_a_row_is_found(self):
        self.write("host/surprise/a.h", "")
        self.assert_says("host/surprise/a.h:1: no row of [may include] fits this file")

    def test_an_empty_tree_is_no_success(self):
        for path in self.good:
            (self.root / path).unlink()
        self.assert_says("no sources found")


if __name__ == "__main__":
    unittest.main()
