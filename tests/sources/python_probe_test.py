"""What the probe does inside Python processes; python_probe_test.ts runs it with each Python."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, "..", "..", "src", "sources")
ENGINE = os.path.join(HERE, "..", "testdata", "probe")
LINUX = sys.platform == "linux"
# Whether a frame can be taken out of a traceback that goes on.
NO_FRAME = sys.version_info >= (3, 11)

sys.dont_write_bytecode = True
sys.path.insert(0, SOURCES)
import python_probe  # noqa: E402

sys.path.remove(SOURCES)


class Records:
    """What the processes of a start have told."""

    def __init__(self, folder):
        self.files = {}
        for name in sorted(os.listdir(folder)):
            if name.endswith(".jsonl"):
                with open(os.path.join(folder, name), encoding="ascii") as lines:
                    self.files[name] = [json.loads(line) for line in lines]
        self.all = [record for records in self.files.values() for record in records]

    def of(self, kind, name=None, ended=True):
        """Records of one kind, of those that are told twice the last."""
        return [
            record
            for record in self.all
            if record["k"] == kind
            and (name is None or name in (record.get("n"), record.get("w")))
            and (kind not in ("import", "call", "child") or ("e" in record) == ended)
        ]

    def of_process(self, pid):
        return next(
            records for name, records in self.files.items() if name.startswith(str(pid) + "-")
        )


class ProbeTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="coldtrace-probe-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.code = os.path.join(self.dir, "coldtrace-probe-test")
        self.start = os.path.join(self.dir, "start-test")
        os.mkdir(self.code)
        os.mkdir(self.start)
        shutil.copy(os.path.join(SOURCES, "python_probe.py"), self.code + "/coldtrace_probe.py")
        shutil.copy(os.path.join(SOURCES, "python_probe_site.py"), self.code + "/sitecustomize.py")
        self.plan()

    def plan(self, *functions, mode="functions", floor=10, ready=None):
        """Says what is to be timed; `functions` as `module:qualname`."""
        lines = ["mode=" + mode, "floor_ns=%d" % (floor * 1000000)]
        lines += ["ready=" + ready] if ready else []
        lines += ["%s\tthe %s\tphase\twork" % (where, where) for where in functions]
        with open(self.code + "/functions.txt", "w") as plan:
            plan.write("\n".join(lines) + "\n")

    def env(self, on=True, path=(), **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COLDTRACE"))}
        paths = ([self.code] if on else []) + list(path) + [ENGINE]
        env.update(PYTHONPATH=os.pathsep.join(paths), PYTHONDONTWRITEBYTECODE="1", **more)
        if on:
            env["COLDTRACE_PROBE_START"] = self.start
        return env

    def python(self, code, *options, on=True, path=(), args=(), **env):
        """Runs code in a Python process; its output."""
        command = [sys.executable, *options, "-c", code, *args]
        return subprocess.run(
            command,
            env=self.env(on, path, **env),
            cwd=self.dir,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=60,
        )

    def told(self, code, *options, **more):
        """Runs code that has to succeed and print nothing wrong; what was told of it."""
        result = self.python(code, *options, **more)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.out = result.stdout
        return Records(self.start)

    def same(self, code, *options, **more):
        """Code behaves as it does without the probe; what it printed."""
        with_it = self.python(code, *options, **more)
        without = self.python(code, *options, on=False, **more)
        outcome = lambda r: (r.returncode, r.stdout, r.stderr)  # noqa: E731
        self.assertEqual(outcome(with_it), outcome(without))
        return with_it

    # -- processes

    def test_tells_of_its_process(self):
        records = self.told("import os; print(os.getpid(), os.getppid())")
        first, last = records.all[0], records.all[-1]
        pid, parent = map(int, self.out.split())
        self.assertEqual((first["k"], first["how"]), ("process", "exec"))
        self.assertEqual((first["pid"], first["parent"]), (pid, parent))
        self.assertEqual(first["version"], "%d.%d.%d" % sys.version_info[:3])
        self.assertEqual(first["args"][1:2], ["-c"])
        self.assertEqual(last["k"], "exit")
        self.assertLessEqual(int(first["s"]), int(last["s"]))
        if LINUX:
            self.assertLessEqual(int(first["born"]), int(first["s"]))
            self.assertLess(int(first["s"]) - int(first["born"]), 10 * 10**9)

    def test_is_not_seen_by_the_program(self):
        self.same(
            "import os, sys; print(sys.path, sys.modules.get('sitecustomize'),"
            " 'coldtrace_probe' in sys.modules, sys.dont_write_bytecode, sys.flags, sys.argv)"
        )
        # What it inherits is all that it finds.
        result = self.python("import os; print(os.environ['COLDTRACE_PROBE_START'])")
        self.assertEqual(result.stdout.strip(), self.start)

    @unittest.skipUnless(LINUX, "needs /proc")
    def test_holds_no_file_open(self):
        self.same("import os, json; print(sorted(os.listdir('/proc/self/fd')))")

    def test_makes_a_folder_for_a_start_of_its_own(self):
        env = self.env()
        del env["COLDTRACE_PROBE_START"]
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'pass'], check=True)"
        for _ in range(2):
            subprocess.run([sys.executable, "-c", code], env=env, check=True)
        starts = [n for n in os.listdir(self.dir) if n.startswith("start-") and n != "start-test"]
        self.assertEqual(len(starts), 2)
        for name in starts:
            path = os.path.join(self.dir, name)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o700)
            told = Records(path)
            self.assertEqual(len(told.of("process")), 2)
            for file in told.files:
                self.assertEqual(os.stat(os.path.join(path, file)).st_mode & 0o777, 0o600)

    def test_is_ignored_where_python_ignores_its_environment(self):
        for option in ("-I", "-E", "-S"):
            self.python("pass", option)
        self.assertEqual(os.listdir(self.start), [])

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_has_a_forked_child_tell_of_itself(self):
        self.plan("engine.work:plain", "os:fork")
        code = (
            "import os, engine.work as w, sys\n"
            "pid = os.fork()\n"
            "if pid == 0:\n    w.plain(1); import engine.slower; sys.exit(0)\n"
            "os.waitpid(pid, 0); print(os.getpid(), pid)"
        )
        records = self.told(code)
        pid, child = self.out.split()
        mine, its = records.of_process(pid), records.of_process(child)
        self.assertEqual(its[0]["how"], "fork")
        self.assertEqual((its[0]["pid"], its[0]["parent"]), (int(child), int(pid)))
        kinds = [(r["k"], r.get("n")) for r in its if "e" in r]
        self.assertEqual(
            kinds, [("call", "the engine.work:plain"), ("import", "engine.slower")]
        )
        self.assertEqual(its[-1]["k"], "exit")
        self.assertEqual([r for r in mine if r.get("n") == "engine.slower"], [])

    def test_has_children_of_multiprocessing_tell_of_themselves(self):
        program = os.path.join(self.dir, "program.py")
        with open(program, "w") as file:
            file.write(
                "import engine.work, multiprocessing, sys\n"
                "if __name__ == '__main__':\n"
                "    context = multiprocessing.get_context(sys.argv[1])\n"
                "    child = context.Process(target=engine.work.plain, args=(1,), name='Core')\n"
                "    child.start(); child.join(); print(child.pid, child.exitcode)\n"
            )
        self.plan("engine.work:plain")
        methods = ["spawn"] + (["fork", "forkserver"] if hasattr(os, "fork") else [])
        for method in methods:
            env = self.env()
            command = [sys.executable, program, method]
            out = subprocess.check_output(command, env=env, cwd=self.dir, timeout=60)
            pid, code = out.split()
            self.assertEqual(code, b"0", method)
            its = Records(self.start).of_process(int(pid))
            self.assertEqual(its[0]["how"], "exec" if method == "spawn" else "fork")
            self.assertEqual([r["n"] for r in its if r["k"] == "name"], ["Core"], method)
            self.assertEqual(
                [r["w"] for r in its if r["k"] == "call" and "e" in r], ["engine.work:plain"]
            )

    @unittest.skipUnless(hasattr(os, "fork"), "exec keeps the process on POSIX alone")
    def test_stays_first_when_a_program_puts_another_one_before_it(self):
        # As opentelemetry-instrument does: it puts its own folder first, and then becomes Python.
        other = self.site("import os; os.environ['OTHER'] = 'loaded'")
        code = (
            "import os, sys\n"
            "os.environ['PYTHONPATH'] = %r + os.pathsep + os.environ['PYTHONPATH']\n"
            "os.execl(sys.executable, sys.executable, '-c',"
            " 'import os, sitecustomize as s; print(os.environ[\"OTHER\"], s.__file__)')" % other
        )
        records = self.told(code)
        self.assertEqual(self.out.split(), ["loaded", os.path.join(other, "sitecustomize.py")])
        kinds = [record["k"] for record in records.all]
        self.assertEqual(kinds[:3], ["process", "exec", "process"])
        self.assertEqual(len(records.files), 1)

    def test_leaves_what_was_open_when_a_process_is_killed(self):
        self.plan("engine.work:plain", "engine.work:recurses", "os:kill")
        code = (
            "import os, signal, engine.work as w\n"
            "def die(): os.kill(os.getpid(), signal.SIGKILL)\n"
            "class Fatal:\n    def __add__(self, other): die()\n"
            "w.recurses(2); w.plain(Fatal())"
        )
        self.assertEqual(self.python(code).returncode, -9)
        records = Records(self.start)
        self.assertEqual(len(records.of("call", "engine.work:plain", ended=False)), 1)
        self.assertEqual(len(records.of("call", "engine.work:plain")), 0)
        self.assertEqual(len(records.of("call", "engine.work:recurses")), 3)
        self.assertEqual(records.of("exit"), [])

    # -- imports

    def test_tells_of_slow_imports_and_what_they_took(self):
        records = self.told("import engine.slow, engine.work")
        (slow,) = records.of("import", "engine.slow")
        (slower,) = records.of("import", "engine.slower")
        self.assertLessEqual(int(slow["s"]), int(slower["s"]))
        self.assertLessEqual(int(slower["e"]), int(slow["e"]))
        self.assertGreaterEqual(int(slow["e"]) - int(slow["s"]), 40 * 10**6)
        # Told as open as soon as something in it is told, before its end is known.
        (opened,) = records.of("import", "engine.slow", ended=False)
        self.assertLess(records.all.index(opened), records.all.index(slower))
        took = (int(slow["e"]) - int(slow["s"])) // 1000
        self.assertTrue(0 <= slow["u"][0] <= took + 10000)
        self.assertEqual(len(slow["u"]), 4 if LINUX else 1)

    def test_does_not_tell_of_imports_below_the_floor(self):
        self.plan(floor=60000)
        self.assertEqual(self.told("import engine.slow").of("import"), [])

    def test_tells_threads_apart(self):
        code = (
            "import threading\n"
            "def run(): import engine.slower\n"
            "one = threading.Thread(target=run); one.start(); one.join()\n"
            "import engine.slow\n"
            "print(one.native_id)"
        )
        records = self.told(code)
        (slow,) = records.of("import", "engine.slow")
        (slower,) = records.of("import", "engine.slower")
        self.assertEqual(slow["t"], records.all[0]["pid"])
        self.assertEqual(slower["t"], int(self.out))

    def test_tells_of_an_import_that_fails_and_leaves_it_as_it_is(self):
        result = self.same("import engine.broken")
        self.assertIn("RuntimeError: broken", result.stderr)
        (broken,) = Records(self.start).of("import", "engine.broken")
        self.assertEqual(broken["x"], "RuntimeError: broken")

    def test_leaves_tracebacks_of_imports_as_they_are(self):
        for statement in (
            "import engine.missing",
            "from engine import nothing",
            "from engine.broken import x",
            "__import__('engine.nothing')",
            "import engine.work.nothing",
            "import sys; sys.modules['halted'] = None; import halted",
        ) + (("import importlib; importlib.import_module('engine.missing')",) if NO_FRAME else ()):
            result = self.same("def f():\n    %s\nf()" % statement)
            self.assertEqual(result.returncode, 1, statement)

    def test_leaves_warnings_as_they_are(self):
        self.plan("engine.warns:old", "engine.warns:nothing")
        code = "import engine.warns\ndef caller():\n    engine.warns.old()\ncaller()"
        script = os.path.join(self.dir, "script.py")
        with open(script, "w") as file:
            file.write(code)
        result = self.same("import runpy; runpy.run_path(%r)" % script, "-Wdefault")
        self.assertIn("script.py:1: DeprecationWarning", result.stderr)
        self.assertIn("script.py:3: UserWarning", result.stderr)

    # -- functions

    FUNCTIONS = (
        "engine.work:plain",
        "engine.work:fails",
        "engine.work:decorated",
        "engine.work:numbers",
        "engine.work:answers",
        "engine.work:recurses",
        "engine.work:Model.__init__",
        "engine.work:Model.method",
        "engine.work:Model.static",
        "engine.work:Model.made",
        "engine.work:Model.serve",
        "engine.work:Model.inherited",
    )

    def test_times_functions_of_every_kind(self):
        self.plan(*self.FUNCTIONS)
        code = (
            "import asyncio, inspect\n"
            "import engine.work as w\n"
            "print(w.plain(1), w.plain(1, b=3), w.decorated(), w.other(), w.recurses(2))\n"
            "g = w.numbers(); print(next(g), g.send('sent'), list(g))\n"
            "m = w.Model('m'); print(m.method(), w.Model.static(1), m.static(2), m.inherited())\n"
            "print(w.Model.made('made').name, w.Sibling().inherited(), m.made('x').name)\n"
            "print(asyncio.run(w.answers(4)), asyncio.run(m.serve()))\n"
            "try: w.fails()\nexcept ValueError as e: print(repr(e), e.__cause__, e.__context__)\n"
            "p = w.plain; print(p.__name__, p.__doc__, inspect.signature(p), p.__module__)\n"
            "print(inspect.iscoroutinefunction(w.answers))\n"
            "print(inspect.isgeneratorfunction(w.numbers))\n"
            "print(inspect.signature(w.Model), w.Model.made.__qualname__)\n"
        )
        self.same(code)
        records = Records(self.start)
        count = lambda name: len(records.of("call", "engine.work:" + name))  # noqa: E731
        names = [where.partition(":")[2] for where in self.FUNCTIONS]
        self.assertEqual(
            {name: count(name) for name in names},
            {
                "plain": 2,
                "fails": 1,
                "decorated": 1,
                "numbers": 1,
                "answers": 2,
                "recurses": 3,
                "Model.__init__": 3,
                "Model.method": 1,
                "Model.static": 2,
                "Model.made": 2,
                "Model.serve": 1,
                "Model.inherited": 1,
            },
        )
        (fails,) = records.of("call", "engine.work:fails")
        self.assertEqual(fails["x"], "ValueError: it cannot be")
        (plain, _) = records.of("call", "engine.work:plain")
        told = plain["n"], plain["p"], plain["d"]
        self.assertEqual(told, ("the engine.work:plain", "phase", "work"))
        self.assertEqual(len(records.of("call", ended=False)), len(records.of("call")))

    def test_tells_apart_calls_that_overlap_in_one_thread(self):
        self.plan("engine.work:numbers", "engine.work:answers")
        code = (
            "import asyncio, engine.work as w\n"
            "a, b = w.numbers(), w.numbers()\n"
            "next(a), next(b); list(a); list(b)\n"
            "async def main(): print(await asyncio.gather(*(w.answers(i) for i in range(5))))\n"
            "asyncio.run(main())\n"
            "c = w.numbers(); next(c); c.close()\n"
        )
        records = self.told(code)
        first, second, *closed = records.of("call", "engine.work:numbers")
        self.assertLess(int(second["s"]), int(first["e"]))
        self.assertLess(int(first["e"]), int(second["e"]))
        # From 3.13 on, one that is closed where nothing can notice it has no event of its end.
        errors = [] if sys.version_info >= (3, 13) else ["GeneratorExit"]
        self.assertEqual([call["x"] for call in closed], errors)
        self.assertEqual(len(records.of("call", "engine.work:answers")), 5)

    def test_times_functions_of_modules_that_were_there_before(self):
        self.plan("os:getcwdb", "os.path:join", "posixpath:join")
        records = self.told("import os; os.path.join('a', 'b')")
        self.assertEqual(len(records.of("call", "posixpath:join")), 1 if LINUX else 0)
        self.assertEqual([r["w"] for r in records.of("missing") if r["w"] == "os:nothing"], [])

    def test_times_functions_of_a_module_that_imports_itself(self):
        self.plan("engine.detour:late")
        records = self.told("import engine.detour; engine.detour.late()")
        self.assertEqual(len(records.of("call", "engine.detour:late")), 1)

    def test_tells_of_functions_that_are_not_there(self):
        self.plan("engine.work:gone", "engine.work:Model.gone", "engine.work:Gone.method",
                  "engine.work:Model", "engine:__name__", "engine.never:function")
        self.told("import engine.work")
        records = Records(self.start)
        self.assertEqual(
            sorted(record["w"] for record in records.of("missing")),
            ["engine.work:Gone.method", "engine.work:Model", "engine.work:Model.gone",
             "engine.work:gone", "engine:__name__"],
        )

    @unittest.skipUnless(sys.version_info >= (3, 12), "there are wrappers before 3.12")
    def test_leaves_functions_as_they_are_from_python_3_12_on(self):
        self.plan("engine.work:fails", "engine.work:Model.made")
        self.same(
            "import engine.work as w, pickle\n"
            "made = w.Model.__dict__['made'].__func__\n"
            "print(made.__code__.co_name, w.fails.__code__.co_filename)\n"
            "w.fails()"
        )

    def test_leaves_tracebacks_of_functions_as_they_are_from_python_3_11_on(self):
        self.plan("engine.work:fails", "engine.work:Model.serve", "engine.work:numbers")
        code = (
            "import asyncio, engine.work as w, traceback\n"
            "def failing(f):\n"
            "    try: f()\n"
            "    except (AttributeError, KeyError, ValueError) as e:\n"
            "        t, n = e.__traceback__, 0\n"
            "        while t: t, n = t.tb_next, n + 1\n"
            "        print(n)\n"
            "failing(w.fails)\n"
            "g = w.numbers(); next(g); failing(lambda: g.throw(KeyError('x')))\n"
            "failing(lambda: asyncio.run(w.Model.serve(w)))"
        )
        if NO_FRAME:
            self.same(code)
        else:
            without = [int(n) for n in self.python(code, on=False).stdout.split()]
            self.told(code)
            self.assertEqual([int(n) for n in self.out.split()], [n + 1 for n in without])

    def test_tells_of_at_most_100_calls_of_a_function(self):
        self.plan("engine.work:plain", "engine.work:Model.method")
        code = (
            "import engine.work as w\n"
            "before = w.plain\n"
            "for i in range(1000): before(i)\n"
            "print(hasattr(w.plain, '__wrapped__')); w.Model('m').method()"
        )
        records = self.told(code)
        self.assertEqual(self.out.strip(), "False")
        self.assertEqual(len(records.of("call", "engine.work:plain")), 100)
        self.assertEqual(len(records.of("call", "engine.work:Model.method")), 1)

    # -- the rest of what is told

    def test_tells_of_the_collection_of_garbage(self):
        code = "import gc\nx = [[i] for i in range(1000000)]\ngc.collect()"
        records = self.told(code)
        collections = records.of("gc")
        self.assertTrue(collections)
        for one in collections:
            self.assertGreaterEqual(int(one["e"]) - int(one["s"]), 5 * 10**6)

    def test_tells_of_programs_that_are_waited_for(self):
        code = (
            "import subprocess, sys\n"
            "subprocess.run([sys.executable, '-S', '-c', 'pass'], check=True)\n"
            "subprocess.check_output('echo x; exit 0', shell=True)\n"
            "p = subprocess.Popen([sys.executable, '-S', '-c', 'input()'], stdin=subprocess.PIPE)\n"
            "try: p.wait(timeout=0.01)\nexcept subprocess.TimeoutExpired: print('late')\n"
            "p.communicate(b'x'); p.wait(); print(p.pid)"
        )
        records = self.told(code)
        children = records.of("child")
        name = os.path.basename(sys.executable)
        self.assertEqual([c["n"] for c in children], [name, "echo", name, name])
        self.assertEqual([c["c"] for c in children[2:]], [int(self.out.split()[1])] * 2)
        self.assertIn("TimeoutExpired", children[2]["x"])
        self.plan(mode="imports")
        before = len(records.all)
        self.told("import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', ''])")
        self.assertEqual(Records(self.start).of("child"), children)
        self.assertGreater(len(Records(self.start).all), before)

    # -- silence

    UNHOOKED = (
        "import gc, sys, importlib._bootstrap as b, os, engine.work as w\n"
        "def hooked():\n"
        "    return [b._find_and_load.__qualname__ != '_find_and_load', len(gc.callbacks) > 0,\n"
        "            hasattr(os.execv, '__wrapped__'), hasattr(w.plain, '__wrapped__'),\n"
        "            'inherited' in vars(w.Model),\n"
        "            hasattr(sys, 'monitoring') and sys.monitoring.get_tool(4) is not None]\n"
    )

    def test_takes_its_hooks_out_at_the_stop_mark(self):
        self.plan("engine.work:plain", "engine.work:Model.inherited")
        old = sys.version_info < (3, 12)
        code = self.UNHOOKED + (
            "print(hooked()); w.plain(1)\n"
            "open(os.environ['COLDTRACE_PROBE_START'] + '/stop', 'w').close()\n"
            "for i in range(1000): w.plain(i); w.Model('m').inherited()\n"
            "print(hooked()); import engine.slow"
        )
        records = self.told(code)
        self.assertEqual(
            self.out.splitlines(),
            [str([True, True, True, old, True, not old]), str([False] * 6)],
        )
        self.assertEqual(len(records.of("call")), 1)
        self.assertEqual(records.of("import", "engine.slow"), [])
        self.assertEqual(records.of("exit"), [])

    def test_notices_the_stop_mark_without_anything_to_write(self):
        code = self.UNHOOKED + (
            "import time\n"
            "open(os.environ['COLDTRACE_PROBE_START'] + '/stop', 'w').close()\n"
            "end = time.monotonic() + 20\n"
            "while hooked()[0] and time.monotonic() < end: gc.collect(0)\n"
            "print(hooked())"
        )
        self.told(code)
        self.assertEqual(self.out.strip(), str([False] * 6))

    def test_takes_its_hooks_out_when_its_folder_is_gone(self):
        self.plan("engine.work:plain")
        code = self.UNHOOKED + (
            "import shutil; shutil.rmtree(os.environ['COLDTRACE_PROBE_START'])\n"
            "w.plain(1); print(hooked())"
        )
        result = self.python(code)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.strip(), str([False] * 6))
        self.assertFalse(os.path.exists(self.start))

    def test_does_nothing_where_a_start_is_over(self):
        open(self.start + "/stop", "w").close()
        self.told(self.UNHOOKED + "print(hooked())")
        self.assertEqual(self.out.strip(), str([False] * 6))
        self.assertEqual(os.listdir(self.start), ["stop"])

    @unittest.skipUnless(LINUX, "limits the size of files")
    def test_is_silent_when_nothing_can_be_written(self):
        self.plan("engine.work:plain")
        code = (
            "import resource, signal\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))\n"
        ) + self.UNHOOKED + "import engine.slow\nfor i in range(50): w.plain(i)\nprint(hooked())"
        result = self.python(code)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.strip(), str([False] * 6))

    def test_falls_silent_after_20000_records(self):
        code = self.UNHOOKED + (
            "import sys\n"
            "from importlib.machinery import ModuleSpec\n"
            "class Finder:\n"
            "    def find_spec(self, name, path, target=None):\n"
            "        return ModuleSpec(name, self) if name.startswith('many_') else None\n"
            "    def create_module(self, spec): return None\n"
            "    def exec_module(self, module): pass\n"
            "sys.meta_path.insert(0, Finder())\n"
            "for i in range(20010): __import__('many_%d' % i)\n"
            "print(hooked())"
        )
        self.plan(floor=0)
        records = self.told(code)
        self.assertEqual(self.out.strip(), str([False] * 6))
        self.assertEqual(len(records.all), 20000)
        self.assertEqual(records.all[-1]["k"], "limit")

    def test_ends_a_start_when_its_last_function_has_ended(self):
        for mode in ("imports", "functions"):
            shutil.rmtree(self.start)
            os.mkdir(self.start)
            self.plan("engine.work:Model.serve", mode=mode, ready="engine.work:Model.serve")
            code = self.UNHOOKED + (
                "import asyncio\n"
                "asyncio.run(w.Model('m').serve()); print(hooked()); import engine.slow"
            )
            records = self.told(code)
            self.assertEqual(self.out.strip(), str([False] * 6))
            self.assertEqual(records.all[-1]["k"], "ready")
            self.assertEqual(records.all[-1]["s"], records.all[-2]["e"])
            self.assertIn("stop", os.listdir(self.start))

    def test_does_not_take_a_failure_for_the_end_of_a_start(self):
        self.plan("engine.work:fails", ready="engine.work:fails")
        records = self.told("import engine.work as w\ntry: w.fails()\nexcept ValueError: pass")
        self.assertEqual(records.of("ready"), [])
        self.assertEqual(len(records.of("exit")), 1)

    # -- others who come in the same way

    def site(self, text, name="sitecustomize"):
        """A folder with another `sitecustomize` in it."""
        folder = tempfile.mkdtemp(dir=self.dir, prefix="site-")
        with open(os.path.join(folder, name + ".py"), "w") as file:
            file.write(text + "\n")
        return folder

    def test_runs_the_sitecustomize_that_would_have_run_without_it(self):
        other = self.site("import engine.slow, os, sys; where = __file__, __name__, __spec__.name")
        code = "import sitecustomize as s, sys; print(s.where, s, sys.path)"
        self.same(code, path=[other])
        self.assertEqual(len(Records(self.start).of("import", "engine.slow")), 1)

    def test_is_in_children_of_one_that_puts_another_sitecustomize_first(self):
        other = self.site(
            "import os\nhere = os.path.dirname(__file__)\n"
            "paths = os.environ['PYTHONPATH'].split(os.pathsep)\n"
            "paths.remove(here)\n"
            "os.environ['PYTHONPATH'] = os.pathsep.join([here] + paths)"
        )
        child = "import sitecustomize; print(sitecustomize.__file__)"
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', %r])" % child
        records = self.told(code, path=[other])
        self.assertEqual(self.out.strip(), os.path.join(other, "sitecustomize.py"))
        self.assertEqual(len(records.of("process")), 2)

    def test_leaves_the_errors_of_another_sitecustomize_as_they_are(self):
        for text in ("raise ValueError('wrong')", "import nothing", "1 +",
                     "raise ImportError('no', name='sitecustomize')"):
            self.same("import sys; print('sitecustomize' in sys.modules)", path=[self.site(text)])

    def test_runs_usercustomize_as_before(self):
        user = self.site("x = 1", "usercustomize")
        self.same("import usercustomize as u; print(u.x)", path=[user])

    def test_is_in_a_process_only_once(self):
        inner = os.path.join(self.dir, "coldtrace-probe-inner")
        shutil.copytree(self.code, inner)
        records = self.told("import sys; print('sitecustomize' in sys.modules)", path=[inner])
        self.assertEqual(len(records.of("process")), 1)
        self.assertEqual(self.out.strip(), "False")

    # -- what is never written

    def test_writes_no_secret(self):
        secrets = (
            "--api-key S1 --hf-token=S2 https://user:S3@host/path HF_TOKEN=S4 hf_S5abcdefghijk"
            " --url http://h/?token=S6 --api_key S7 --password=S8"
        ).split()
        secrets += ["-H", "Authorization: Bearer S9", '--config={"api_key": "S10"}']
        plain = (
            "serve --tokenizer T1 --max-num-batched-tokens 128 --port 80 --ssl-keyfile F1"
            " --hf-overrides"
        ).split() + ['{"a": 1}']
        args = plain + secrets
        self.plan("engine.work:plain")
        code = (
            "import sys, engine.work as w\n"
            "class Secret:\n    def __add__(self, o): raise ValueError('token=S11 is wrong')\n"
            "try: w.plain(Secret())\nexcept ValueError: pass"
        )
        records = self.told(code, args=args)
        told = records.all[0]["args"][3:]
        self.assertEqual(told[: len(plain)], plain)
        redacted = ["--api-key", "[redacted]", "--hf-token=[redacted]"]
        self.assertEqual(told[len(plain) :][:3], redacted)
        text = json.dumps(records.all)
        for i in range(1, 12):
            self.assertNotIn("S%d" % i, text)

    def test_writes_lines_that_are_shorter_than_a_page(self):
        args = ["x" * 5000, "\u00fc\U0001f600\udc80\n\"\\" * 100] + ["y" * 150] * 100
        self.assertLess(len(python_probe.encoded(python_probe.redacted(args))), 3500)
        for text in args[:2] + ["", "plain", "\x00\x1f\x7f"]:
            self.assertEqual(json.loads(python_probe.quoted(text)), text)
        error = ValueError("\U0001f600" * 5000)
        self.assertLess(len(python_probe.encoded(python_probe.message_of(error))), 3000)


if __name__ == "__main__":
    unittest.main()
