"""lint_test.py – the lints catch what they are for: each offence is planted in a small tree and must be found."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import headers
import layers
import promises
import sizes
import source


class Planted(unittest.TestCase):
    def found(self, check, **files):
        """What the lint says about a tree of these files; "__" in a name is "/", "_dot_" is "."."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                path = root / name.replace("__", "/").replace("_dot_", ".")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            offences = source.Offences(root)
            check(offences.root, offences)
            return offences.found

    def assert_one(self, found, part):
        self.assertEqual(len(found), 1, found)
        self.assertIn(part, found[0])

    def test_includes_of_own_earlier_and_public_headers_pass(self):
        text = '#include "ring/ring.h"\n#include "base/hash.h"\n#include "larder/cache.h"\n#include <vector>\n'
        self.assertEqual(self.found(layers.check, engine__ring__ring_dot_cc=text), [])

    def test_a_later_room_is_found_with_its_line(self):
        found = self.found(layers.check, engine__page__page_dot_cc='// x\n#include "cache/get.h"\n')
        self.assert_one(found, "engine/page/page.cc:2:")

    def test_public_headers_include_no_room(self):
        self.assert_one(
            self.found(layers.check, engine__include__larder__a_dot_h='#include "base/hash.h"\n'), "later room")

    def test_relative_and_unknown_includes_are_found(self):
        self.assert_one(self.found(layers.check, engine__page__a_dot_cc='#include "../base/hash.h"\n'), "by room")
        self.assert_one(self.found(layers.check, engine__page__a_dot_cc='#include "pages/hash.h"\n'), "no room")
        self.assert_one(self.found(layers.check, engine__util__a_dot_cc=""), "util is no room")

    def test_tools_see_only_their_rooms(self):
        text = '#include "observe/observe.h"\n#include "segment/member.h"\n#include "common/table.h"\n'
        self.assert_one(self.found(layers.check, tools__larder__a_dot_cc=text), "segment/member.h")

    def test_forbidden_words_are_found(self):
        for line in ("std::atomic<int> x;", "#include <atomic>", "x.load(std::memory_order_acquire);",
                     "__atomic_load_n(at, 2);", "pthread_mutex_t m;",
                     "boost::interprocess::interprocess_mutex m;", "managed_shared_memory s;",
                     "if (kill(pid, 0) == 0) {}"):
            self.assert_one(self.found(layers.check, engine__ring__a_dot_cc=line + "\n"), "engine/ring/a.cc:1:")
        self.assertEqual(len(self.found(layers.check, engine__base__a_dot_cc="std::atomic_thread_fence(x);\n")), 1)

    def test_words_in_comments_and_texts_pass(self):
        text = '// std::atomic\n/* pthread_mutex_t */\nconst char* a = "memory_order";\n'
        text += "int b = 1'000; kill(pid, SIGKILL);\n"
        self.assertEqual(self.found(layers.check, engine__ring__a_dot_cc=text), [])

    def test_atomics_are_at_home_in_base(self):
        self.assertEqual(
            self.found(layers.check, engine__base__atomic_dot_h="std::atomic<int> x; memory_order_relaxed\n"), [])
        self.assert_one(self.found(layers.check, engine__base__hash_dot_h="memory_order_relaxed\n"), "memory order")

    def test_long_files_and_wide_lines_are_found(self):
        self.assertEqual(self.found(sizes.check, engine__base__a_dot_cc="x\n" * 400), [])
        self.assert_one(self.found(sizes.check, engine__base__a_dot_cc="x\n" * 401), "401 lines")
        self.assertEqual(self.found(sizes.check, tools__a_dot_cc="x" * 120 + "\n"), [])
        self.assert_one(self.found(sizes.check, tools__a_dot_cc="x" * 121 + "\n"), "121 columns")

    def test_a_file_must_say_what_it_is(self):
        self.assertEqual(self.found(headers.check, engine__base__a_dot_cc="// a.cc – adds numbers.\n"), [])
        self.assert_one(self.found(headers.check, engine__base__a_dot_cc="// b.cc – adds numbers.\n"), "// a.cc – ")
        self.assert_one(self.found(headers.check, tools__a_dot_h="#pragma once\n"), "// a.h – ")

    def test_promises_name_tests_that_exist(self):
        test = "TEST(Get, Copies) {}\n"
        lists = "larder_test(stress_test SOURCES x.cc)\nadd_test(NAME lint_sizes COMMAND x)\n"
        rows = "| P1 | kept | `Get.Copies`, `Get.*` | – |\n"
        rows += "| E2 | kept | `stress_test`, `lint_sizes` | `./dev prove x` |\n"
        rows += "| P3 | later | planned (issue 4) | not run |\n"
        tree = {"tests__get_dot_cc": test, "tests__CMakeLists_dot_txt": lists, "dev": "  prove x [--n N]   looks\n"}
        self.assertEqual(self.found(promises.check, docs__promises_dot_md=rows, **tree), [])
        for row, offence in (("| P1 | x | `Get.Loses` | – |", "Get.Loses"), ("| P1 | x | soon | – |", "names no test"),
                             ("| P1 | x | `Get.Copies` |", "3 cells"), ("| P1 | x | `Get.Copies` | |", "no figures"),
                             ("| P1 | x | `Get.Copies` | `./dev prove y` |", "not in ./dev help")):
            self.assert_one(self.found(promises.check, docs__promises_dot_md=row + "\n", **tree), offence)


if __name__ == "__main__":
    unittest.main()
