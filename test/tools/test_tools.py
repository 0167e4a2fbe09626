#!/usr/bin/env python3
"""Goal: a check that finds nothing any more is noticed.

Method: each rule is broken once, in a small tree of its own, and must be reported with file and line.
"""
import pathlib
import sys
import tempfile
import unittest

import check_layers
import check_repository
import check_service
import count_results

TOOLS = pathlib.Path(__file__).resolve().parent


class Tree(unittest.TestCase):
    """A temporary repository with the real rules."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("layers.conf", "repository.conf"):
            self.write(f"test/tools/{name}", (TOOLS / name).read_text())
        self.write("test/tools/repository.conf", "")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def problems(self, check, path, text):
        self.write(path, text)
        return check(self.root)[path]

    def assert_found(self, check, path, text, line=1):
        problems = self.problems(check, path, text)
        self.assertEqual(len(problems), 1, problems)
        self.assertTrue(problems[0].startswith(f"{path}:{line}: "), problems)


class Service(unittest.TestCase):
    """The real unit, with one setting after the other taken away or weakened."""

    UNIT = (TOOLS.parents[1] / "etc" / "clustermanager.service").read_text()

    def test_the_unit_is_well(self):
        self.assertEqual(check_service.problems_of(self.UNIT), [])

    def test_each_setting_is_missed(self):
        for name, value in check_service.REQUIRED.items():
            without = self.UNIT.replace(f"\n{name}={value}\n", "\n")
            self.assertNotEqual(without, self.UNIT, name)
            self.assertEqual(len(check_service.problems_of(without)), 1, name)

    def test_no_second_one_weakens_the_first(self):
        for line in ("ProtectSystem=false", "SystemCallFilter=@privileged", "AmbientCapabilities=CAP_SYS_ADMIN"):
            weaker = self.UNIT.replace("\n[Install]", f"{line}\n[Install]")
            self.assertEqual(len(check_service.problems_of(weaker)), 1, line)

    def test_root_is_refused(self):
        as_root = self.UNIT.replace("User=clustermanager\n", "")
        self.assertEqual(check_service.problems_of(as_root), ["User=: the service runs as root"])

    @unittest.skipUnless(check_service.shutil.which("systemd-analyze"), "systemd-analyze is not there")
    def test_what_systemd_thinks_is_heard(self):
        with tempfile.NamedTemporaryFile("w", suffix=".service") as unit:
            unit.write("[Service]\nExecStart=/bin/true\n")
            unit.flush()
            self.assertEqual(len(check_service.exposure_problems(unit.name)), 1)


class LayersTest(Tree):
    def test_reports_what_a_folder_must_not_include(self):
        for path, include in (
            ("host/core/A.h", '"link/Link.h"'),
            ("host/link/A.h", '"core/Event.h"'),
            ("host/control/A.h", '"core/Supervisor.h"'),
            ("host/control/A.h", '"runtime/Loop.h"'),
            ("host/config/A.h", '"core/Supervisor.h"'),
            ("host/spawner/A.cpp", '"child/PluginLibrary.h"'),
            ("host/base/A.h", '"../core/Event.h"'),
            ("host/core/A.h", "<thread>"),
            ("host/core/A.h", "<unistd.h>"),
            ("host/core/A.h", "<sys/socket.h>"),
            ("plugins/hello/A.cpp", '"core/Event.h"'),
            ("plugins/hello/A.cpp", "<base/Types.h>"),
            ("plugin_api/include/clustermanager/plugin.h", "<clustermanager/poco.hpp>"),
        ):
            with self.subTest(path=path, include=include):
                self.assert_found(check_layers.check, path, f"\n#include {include}\n", line=2)

    def test_reports_poco_where_there_is_none(self):
        for path in ("host/base/A.h", "host/core/A.h", "host/link/A.h", "host/spawner/A.cpp",
                     "plugin_api/include/clustermanager/plugin.hpp"):
            with self.subTest(path=path):
                self.assert_found(check_layers.check, path, "/* a\nb */ using Poco::Logger;\n", line=2)

    def test_reports_banned_words_in_code(self):
        for path, code in (
            ("host/core/A.cpp", "auto t = Clock::now();"),
            ("host/core/A.cpp", "std::mutex m;"),
            ("host/spawner/A.cpp", "std::thread t;"),
            ("host/link/A.cpp", "std::thread t;"),
        ):
            with self.subTest(path=path, code=code):
                self.assert_found(check_layers.check, path, f"{code}\n")

    def test_reports_a_folder_without_rules(self):
        problems = self.problems(check_layers.check, "host/new/A.h", "")
        self.assertEqual(problems, ["host/new/A.h: its folder has no line in layers.conf"])

    def test_accepts_what_is_allowed(self):
        for path, text in (
            ("host/core/A.h", '#include "base/Types.h"\n#include <vector>\n// Poco, std::thread\n'),
            ("host/core/A.cpp", 'auto text = "// Poco and a thread";  /* Clock::now() */\n'),
            ("host/control/A.h", '#include "core/Ports.h"\n#include "control/B.h"\n#include <Poco/Net/X.h>\n'),
            ("plugins/hello/A.cpp", '#include <clustermanager/poco.hpp>\n#include "Greeting.h"\n'),
        ):
            with self.subTest(path=path):
                self.assertEqual(self.problems(check_layers.check, path, text), [])


class RepositoryTest(Tree):
    def test_reports_an_unfinished_line(self):
        for word in ("TO" "DO", "FIX" "ME", "XX" "X"):
            self.assert_found(check_repository.check, "host/base/A.h", f"int a;\n// {word}: later\n", line=2)

    def test_reports_a_tab(self):
        self.assert_found(check_repository.check, "host/base/A.h", "\tint a;\n")

    def test_reports_a_test_that_sleeps(self):
        for call in ("sleep(1);", "usleep(5);", "std::this_thread::sleep_for(1ms);", "Poco::Thread::sleep(5);"):
            self.assert_found(check_repository.check, "test/unit/A.cpp", call + "\n")

    def test_lets_a_listed_test_sleep(self):
        self.write("test/tools/repository.conf", "sleep test/plugins hangs on purpose\n")
        self.assertEqual(self.problems(check_repository.check, "test/plugins/A.cpp", "sleep(1);\n"), [])

    def test_reports_a_long_file_and_holds_a_listed_one_to_its_length(self):
        path = "host/base/A.h"
        self.assertEqual(self.problems(check_repository.check, path, "int a;\n" * 400), [])
        self.assertEqual(len(self.problems(check_repository.check, path, "int a;\n" * 401)), 1)
        self.write("test/tools/repository.conf", f"long {path} 401 one table\n")
        self.assertEqual(self.problems(check_repository.check, path, "int a;\n" * 401), [])
        self.assertEqual(len(self.problems(check_repository.check, path, "int a;\n" * 402)), 1)
        self.assertEqual(len(self.problems(check_repository.check, path, "int a;\n" * 400)), 1)

    def test_reports_an_exception_for_a_file_that_is_gone(self):
        self.write("test/tools/repository.conf", "sleep test/gone no reason left\n")
        self.assertIn("repository.conf", check_repository.check(self.root))


class CountTest(unittest.TestCase):
    @staticmethod
    def section(number, verdict, *lines):
        return "\n".join([f"{number}/9 Testing: t", "Output:", *lines, "<end of output>", verdict, ""])

    def test_sums_the_counts_of_all_programs(self):
        log = self.section(1, "Test Passed.", "count: 3 passed, 0 failed")
        log += self.section(2, "Test Failed.", "count: 4 passed, 2 failed")
        self.assertEqual(count_results.sum_counts(log), (7, 2))

    def test_counts_a_program_without_a_count_as_failed(self):
        log = self.section(1, "Test Failed.", "Segmentation fault") + self.section(2, "Test Passed.")
        self.assertEqual(count_results.sum_counts(log), (0, 2))

    def test_counts_a_program_that_dies_after_its_count_as_failed(self):
        log = self.section(1, "Test Failed.", "count: 3 passed, 0 failed", "LeakSanitizer: 8 bytes")
        self.assertEqual(count_results.sum_counts(log), (3, 1))


if __name__ == "__main__":
    outcome = unittest.main(exit=False).result
    failures = len(outcome.failures) + len(outcome.errors)
    print(f"count: {outcome.testsRun - failures} passed, {failures} failed")
    sys.exit(0 if outcome.wasSuccessful() else 1)
