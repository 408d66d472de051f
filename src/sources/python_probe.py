"""Tells what a Python process does while it starts. From Python 3.9 on, without anything installed.

`python_probe_site.py` has it run before all else in each Python process that inherits the
environment.

What it tells goes to files of JSON lines, one for each process, in the folder of the start. A line
is written by one `write` of less than 4096 bytes to a file that is opened for it and closed again:
no descriptor is held that the program might close or take for its own, and nothing waits in memory.
Where there is a file `stop` in that folder, or the folder is gone, or nothing can be written, or
enough has been, the hooks are taken out. Only what `os.register_at_fork` has stays, as nothing can
take it out, and does nothing.

It never raises into the program and never prints.
"""
import _thread
import sys

START = "COLDTRACE_PROBE_START"
FUNCTIONS = "functions.txt"
# What imports have to take to be told, in nanoseconds, unless the list of functions says otherwise.
FLOOR = 10000000
GC_FLOOR = 5000000
# How many records a process writes, and how many calls of one function it tells.
MOST_RECORDS = 20000
MOST_CALLS = 100
# How often hooks that have nothing to write look whether they are still wanted, in nanoseconds.
LOOK = 1000000000
# The longest text that is kept, and how much of the arguments.
MOST_TEXT = 200
MOST_ARGS = 2500
# Frames of files that are called so are passed over by `warnings` as importlib's own are; those of
# the very name are taken out of tracebacks, too.
IMPORTLIB = "<frozen importlib._bootstrap>"
WRAPPER = "<coldtrace importlib._bootstrap>"
HIDDEN = "[redacted]"

class Function:
    """A function that is timed: where it is, and what is told of it."""

    def __init__(self, where, name, phase, kind, takes=None):
        self.where = where
        self.module, _, self.qualname = where.partition(":")
        self.told = {"w": where, "n": name, "p": phase, "d": kind}
        # What its arguments tell, for a program that is waited for.
        self.takes = takes
        self.calls = 0
        # Takes the hook out again.
        self.remove = None


class Probe:
    """The hooks in one process, and what they write."""

    def __init__(self, os, time, folder, settings, functions):
        self.os = os
        self.folder = folder
        self.mark = folder + "/stop"
        self.floor = int(settings.get("floor_ns", FLOOR))
        self.ready = settings.get("ready")
        self.is_silent = False
        self.records = 0
        self.title = "MainProcess"
        # Held from the beginning, as programs replace some of these.
        self.access, self.open, self.close = os.access, os.open, os.close
        self.put, self.getpid = os.write, os.getpid
        self.flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self.flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        # All times are of the monotonic clock, moved onto the wall clock once.
        self.clock = time.monotonic_ns
        self.epoch = time.time_ns() - self.clock()
        self.next_look = self.clock() + LOOK
        self.time = time
        self.ident = _thread.get_ident
        self.native = getattr(_thread, "get_native_id", _thread.get_ident)
        self.main = self.ident()
        self.usage = usage_of_thread(time)
        # The imports under way, of each thread.
        self.stacks = {}
        # The collection of garbage under way: thread and start.
        self.collecting = None
        # Functions whose modules are not there yet.
        self.waiting = {}
        self.functions = functions
        self.monitor = None
        self.removals = []

    # -- what is written

    def write(self, record):
        """Appends one record, or ends it all."""
        if self.is_silent:
            return
        try:
            if self.access(self.mark, 0):
                self.silence()
                return
            self.records += 1
            if self.records >= MOST_RECORDS:
                record = {"k": "limit", "s": self.moment(self.clock())}
            line = encoded(record).encode("ascii") + b"\n"
            if len(line) < 4096:
                fd = self.open(self.path, self.flags, 0o600)
                try:
                    self.put(fd, line)
                finally:
                    self.close(fd)
        except OSError as error:
            # Too many open files, or one moment of trouble: the next may be written.
            if error.errno not in (4, 11, 23, 24):
                self.silence()
        except Exception:
            self.silence()
        if self.records >= MOST_RECORDS:
            self.silence()

    def moment(self, reading):
        """A reading of the clock as a time; a text, as JSON's numbers do not reach that far."""
        return "%d" % (reading + self.epoch)

    def look(self, now):
        """Whether to go on, looked up at most once a second by hooks that write nothing."""
        self.next_look = now + LOOK
        if self.access(self.mark, 0) or not self.access(self.folder, 0):
            self.silence()

    def thread(self):
        """The thread; the main one has the number of its process."""
        if self.ident() == self.main:
            return self.pid
        return self.native()

    def tell_process(self, how):
        """Tells that this process is in Python."""
        self.pid = self.getpid()
        self.main = self.ident()
        ticks, born = self.birth()
        self.path = f"{self.folder}/{self.pid}-{ticks}.jsonl"
        self.title = "MainProcess"
        record = {
            "k": "process",
            "how": how,
            "pid": self.pid,
            "parent": self.os.getppid(),
            "s": self.moment(self.clock()),
            "version": "%d.%d.%d" % sys.version_info[:3],
            "runtime": sys.implementation.name,
            "args": redacted(self.arguments()),
        }
        if born is not None:
            record["born"] = "%d" % born
        self.write(record)

    def birth(self):
        """When the system made this process: in its ticks since boot, and as a time."""
        try:
            with open("/proc/self/stat", "rb") as stat:
                ticks = int(stat.read().rpartition(b")")[2].split()[19])
            since = self.time.clock_gettime_ns(self.time.CLOCK_BOOTTIME)
            tick = 1000000000 // self.os.sysconf("SC_CLK_TCK")
            return ticks, self.time.time_ns() - since + ticks * tick
        except Exception:
            return self.time.time_ns(), None

    def arguments(self):
        """The command of this process."""
        known = getattr(sys, "orig_argv", None)
        if known:
            return known
        try:
            with open("/proc/self/cmdline", "rb") as line:
                return [self.os.fsdecode(arg) for arg in line.read().split(b"\0")[:-1]]
        except Exception:
            return [sys.executable] + list(getattr(sys, "argv", []))

    def tell_title(self):
        """Tells what `multiprocessing` calls this process, as soon as it calls it something."""
        module = sys.modules.get("multiprocessing.process")
        process = getattr(module, "_current_process", None)
        title = getattr(process, "_name", None)
        if title is not None and title != self.title and isinstance(title, str):
            self.title = title
            self.write({"k": "name", "n": title})

    def tell(self, kind, start, before, told, end, error=None):
        """Tells of something that took time, or, without its end, that it is under way."""
        if title_is_news(self.title):
            self.tell_title()
        record = {"k": kind, "t": self.thread(), "s": self.moment(start)}
        record.update(told)
        if end is not None:
            record["e"] = self.moment(end)
            if before is not None:
                record["u"] = used(before, self.usage())
            if error is not None:
                record["x"] = message_of(error)
        self.write(record)

    # -- imports

    def time_imports(self, importlib):
        """Times the import of every module that is not there yet."""
        original = importlib._find_and_load
        probe, clock, ident, stacks = self, self.clock, self.ident, self.stacks
        usage, floor, waiting = self.usage, self.floor, self.waiting

        def _find_and_load(name, import_):
            if probe.is_silent:
                return original(name, import_)
            thread = ident()
            stack = stacks.get(thread)
            if stack is None:
                stack = stacks[thread] = []
            depth = len(stack)
            start = clock()
            # A list: name, start, what the thread had used, whether it was told.
            call = [name, start, usage(), False]
            if depth and not stack[-1][3] and start - stack[-1][1] >= floor:
                probe.tell_open(stack)
            stack.append(call)
            try:
                module = original(name, import_)
            except BaseException as error:
                probe.imported(stack, depth, call, thread, error)
                leave_traceback(error)
                raise
            probe.imported(stack, depth, call, thread, None)
            if name in waiting:
                probe.find_all(name)
            return module

        disguise(_find_and_load, original.__code__, IMPORTLIB)
        importlib._find_and_load = _find_and_load

        def remove():
            if importlib._find_and_load is _find_and_load:
                importlib._find_and_load = original

        self.removals.append(remove)

    def imported(self, stack, depth, call, thread, error):
        """An import is over."""
        try:
            end = self.clock()
            if end - call[1] >= self.floor:
                if depth and not stack[depth - 1][3]:
                    self.tell_open(stack[:depth])
                self.tell("import", call[1], call[2], {"n": call[0]}, end, error)
            elif end > self.next_look:
                self.look(end)
        except Exception:
            self.silence()
        # Down to where it began, should an interrupt have left something there.
        del stack[depth:]
        if not depth and self.stacks.get(thread) is stack:
            del self.stacks[thread]

    def tell_open(self, stack):
        """Tells of imports that have taken long enough, and go on."""
        try:
            for call in stack:
                if not call[3]:
                    call[3] = True
                    self.tell("import", call[1], None, {"n": call[0]}, None)
        except Exception:
            self.silence()

    # -- functions

    def time_functions(self):
        """Times functions: those that are there, and those that will be."""
        if sys.version_info >= (3, 12):
            self.monitor = Monitor.make(self)
        for function in self.functions:
            self.waiting.setdefault(function.module, []).append(function)
        for name in list(self.waiting):
            if name in sys.modules:
                self.find_all(name)

    def find_all(self, name):
        """Puts hooks at the functions of a module that was imported."""
        module = sys.modules.get(name)
        # One that imports itself by a detour is not all there yet.
        if getattr(getattr(module, "__spec__", None), "_initializing", False):
            return
        for function in self.waiting.pop(name, ()):
            if self.is_silent:
                return
            try:
                self.find(function, module)
            except Exception as error:
                self.write({"k": "missing", "w": function.where, "x": message_of(error)})

    def find(self, function, module):
        """Puts a hook at a function."""
        path = function.qualname.split(".")
        holder = module
        for name in path[:-1]:
            holder = attribute_of(holder, name)[0]
        name = path[-1]
        found, is_own = attribute_of(holder, name)
        inner = found.__func__ if isinstance(found, (staticmethod, classmethod)) else found
        plain = unwrapped(inner)
        if self.monitor is not None and is_the(plain, function):
            self.monitor.add(plain.__code__, function)
            return
        if not callable(inner):
            raise TypeError("it is no function")
        if isinstance(inner, type):
            raise TypeError("it is a class")
        wrapper = self.wrapper(inner, function)
        new = type(found)(wrapper) if inner is not found else wrapper
        setattr(holder, name, new)

        def remove():
            if vars(holder).get(name) is new:
                if is_own:
                    setattr(holder, name, found)
                else:
                    delattr(holder, name)

        function.remove = remove

    def wrapper(self, inner, function):
        """What stands in the place of a function, before Python 3.12 could do without."""
        flags = getattr(getattr(inner, "__code__", None), "co_flags", 0)
        if flags & 0x200:
            raise TypeError("asynchronous generators are timed from Python 3.12 on")
        wrap = wrapped
        if flags & 0x180:
            wrap = wrapped_coroutine
        elif flags & 0x20:
            wrap = wrapped_generator

        def enter(args):
            if self.is_silent:
                return None
            return self.entered(function, args[0] if args else None)

        wrapper = wrap(inner, enter, self.left)
        disguise(wrapper, wrapper.__code__, WRAPPER)
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            if hasattr(inner, name):
                setattr(wrapper, name, getattr(inner, name))
        wrapper.__dict__.update(getattr(inner, "__dict__", {}))
        wrapper.__wrapped__ = inner
        return wrapper

    def entered(self, function, first):
        """A function is called."""
        try:
            if self.is_silent:
                return None
            function.calls += 1
            if function.calls > MOST_CALLS:
                self.let_go(function)
                return None
            told = function.told
            if function.takes is not None:
                told = function.takes(first)
                if told is None:
                    return None
            kind = "call" if function.takes is None else "child"
            start = self.clock()
            self.tell(kind, start, None, told, None)
            if self.is_silent:
                return None
            return function, kind, told, start, self.usage(), self.pid
        except Exception:
            self.silence()
            return None

    def left(self, call, error):
        """A call is over."""
        if call is None or self.is_silent:
            return
        try:
            function, kind, told, start, before, pid = call
            # A forked child leaves what its parent entered.
            if pid != self.pid:
                return
            if function.takes is not None:
                function.takes(None, told)
            end = self.clock()
            self.tell(kind, start, before, told, end, error)
            if error is None and function.where == self.ready:
                self.write({"k": "ready", "s": self.moment(end)})
                self.stop()
        except Exception:
            self.silence()

    def let_go(self, function):
        """Takes the hook of one function out."""
        remove, function.remove = function.remove, None
        if remove is not None:
            remove()

    # -- the rest

    def time_collections(self):
        """Times the collection of garbage."""
        import gc

        def collected(phase, info):
            if self.is_silent:
                return
            try:
                now = self.clock()
                if phase == "start":
                    self.collecting = self.ident(), now
                elif self.collecting is not None and self.collecting[0] == self.ident():
                    start = self.collecting[1]
                    self.collecting = None
                    if now - start >= GC_FLOOR:
                        self.tell("gc", start, None, {"g": info.get("generation")}, now)
                    elif now > self.next_look:
                        self.look(now)
            except Exception:
                self.silence()

        gc.callbacks.append(collected)
        self.removals.append(lambda: collected in gc.callbacks and gc.callbacks.remove(collected))

    def tell_exec(self, home):
        """Tells that another program takes this one's place, and has the probe stay first there."""
        os = self.os

        def hooked(name, original):
            def wrapper(path, args, *rest):
                env = rest[0] if rest else os.environ
                change = None
                try:
                    program = os.fsdecode(path)
                    self.write({"k": "exec", "s": self.moment(self.clock()), "n": clipped(program)})
                    change = put_first(home, env.get("PYTHONPATH"), os.pathsep)
                except Exception:
                    pass
                if change is None or self.is_silent:
                    return original(path, args, *rest)
                if rest:
                    return original(path, args, dict(env, PYTHONPATH=change))
                before = env["PYTHONPATH"]
                env["PYTHONPATH"] = change
                try:
                    return original(path, args)
                finally:
                    env["PYTHONPATH"] = before

            wrapper.__name__ = wrapper.__qualname__ = name
            wrapper.__wrapped__ = original
            disguise(wrapper, wrapper.__code__, WRAPPER)
            setattr(os, name, wrapper)
            self.removals.append(
                lambda: getattr(os, name) is wrapper and setattr(os, name, original)
            )

        for name in ("execv", "execve"):
            if hasattr(os, name):
                hooked(name, getattr(os, name))

    def tell_forks(self):
        """Has forked children tell themselves; what is registered for that cannot be taken out."""
        register = getattr(self.os, "register_at_fork", None)
        if register is None:
            return

        def forked():
            if self.is_silent:
                return
            try:
                self.stacks.clear()
                self.collecting = None
                self.records = 0
                if self.monitor is not None:
                    self.monitor.calls.clear()
                self.tell_process("fork")
            except Exception:
                self.silence()

        register(after_in_child=forked)

    def tell_exit(self):
        """Tells when nothing is left but to end, which is after everybody else's `atexit`."""
        import atexit

        def exiting():
            self.write({"k": "exit", "s": self.moment(self.clock())})
            self.silence()

        atexit.register(exiting)
        self.removals.append(lambda: atexit.unregister(exiting))

    def stop(self):
        """Has all processes of this start fall silent."""
        try:
            self.close(self.open(self.mark, self.flags, 0o600))
        except Exception:
            pass
        self.silence()

    def silence(self):
        """Takes the hooks out."""
        if self.is_silent:
            return
        self.is_silent = True
        removals = [function.remove for function in self.functions if function.remove]
        if self.monitor is not None:
            removals.append(self.monitor.end)
        for remove in removals + self.removals:
            try:
                remove()
            except Exception:
                pass
        self.waiting.clear()


class Monitor:
    """Times functions by `sys.monitoring`, so that they are left as they are (Python 3.12)."""

    TOOLS = (4, 3)

    @staticmethod
    def make(probe):
        """A monitor; none where others have taken all places."""
        for tool in Monitor.TOOLS:
            try:
                sys.monitoring.use_tool_id(tool, "coldtrace")
            except ValueError:
                continue
            return Monitor(probe, tool)
        return None

    def __init__(self, probe, tool):
        self.probe = probe
        self.tool = tool
        self.functions = {}
        # The calls under way, by the frame in which they run.
        self.calls = {}
        monitoring = sys.monitoring
        events = monitoring.events
        self.local = events.PY_START | events.PY_RETURN
        frame_at, calls, functions = sys._getframe, self.calls, self.functions

        # What these raise would be raised in the program.
        def started(code, offset):
            try:
                function = functions.get(id(code))
                if function is None:
                    return
                frame = frame_at(1)
                first = frame.f_locals.get("self") if function.takes is not None else None
                call = probe.entered(function, first)
                if call is not None:
                    calls[id(frame)] = call
                    # No function has this event for itself: it is on only while it is needed.
                    if len(calls) == 1:
                        monitoring.set_events(tool, events.PY_UNWIND)
            except Exception:
                probe.silence()

        def returned(code, offset, value):
            over(frame_at(1), None)

        def unwound(code, offset, error):
            if id(code) in functions:
                over(frame_at(1), error)

        def over(frame, error):
            try:
                call = calls.pop(id(frame), None)
                if call is not None:
                    if not calls:
                        monitoring.set_events(tool, 0)
                    probe.left(call, error)
            except Exception:
                probe.silence()

        monitoring.register_callback(tool, events.PY_START, started)
        monitoring.register_callback(tool, events.PY_RETURN, returned)
        monitoring.register_callback(tool, events.PY_UNWIND, unwound)

    def add(self, code, function):
        """Times a function from now on."""
        # By identity: codes are equal where they say the same, and slow to compare. Who is a key
        # here is held by its function.
        function.code = code
        self.functions[id(code)] = function
        sys.monitoring.set_local_events(self.tool, code, self.local)

        def remove():
            # A call under way is left all the same, by the event of its return.
            sys.monitoring.set_local_events(self.tool, code, 0)

        function.remove = remove

    def end(self):
        """Gives the place back."""
        monitoring = sys.monitoring
        monitoring.set_events(self.tool, 0)
        for event in ("PY_START", "PY_RETURN", "PY_UNWIND"):
            monitoring.register_callback(self.tool, getattr(monitoring.events, event), None)
        monitoring.free_tool_id(self.tool)


# -- what stands in the place of functions


def wrapped(function, enter, leave):
    def wrapper(*args, **kwargs):
        call = enter(args)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            leave(call, error)
            leave_traceback(error)
            raise
        leave(call, None)
        return result

    return wrapper


def wrapped_coroutine(function, enter, leave):
    async def wrapper(*args, **kwargs):
        call = enter(args)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            leave(call, error)
            leave_traceback(error)
            raise
        leave(call, None)
        return result

    return wrapper


def wrapped_generator(function, enter, leave):
    def wrapper(*args, **kwargs):
        call = enter(args)
        try:
            result = yield from function(*args, **kwargs)
        except BaseException as error:
            leave(call, error)
            leave_traceback(error)
            raise
        leave(call, None)
        return result

    return wrapper



def waits_for():
    """What `Popen.wait` and `Popen.communicate` wait for; once, as one calls the other."""
    waited = {}

    def takes(popen, over=None):
        if over is not None:
            waited.pop(over["c"], None)
            return None
        pid = getattr(popen, "pid", None)
        if pid is None or popen.returncode is not None or pid in waited:
            return None
        waited[pid] = True
        args = popen.args
        first = args if isinstance(args, (str, bytes)) else args[0] if len(args) else ""
        if isinstance(first, bytes):
            first = first.decode("utf-8", "replace")
        if isinstance(args, (str, bytes)):
            first = (first.split() or [""])[0]
        return {"c": pid, "n": clipped(str(first).replace("\\", "/").rpartition("/")[2])}

    return takes


def attribute_of(holder, name):
    """An attribute as it is kept, and whether it is the holder's own; nothing is run to get it."""
    if isinstance(holder, type):
        for base in holder.__mro__:
            if name in vars(base):
                return vars(base)[name], base is holder
    elif name in vars(holder):
        return vars(holder)[name], True
    raise AttributeError("there is no " + name)


def unwrapped(function):
    """The innermost function of one that is decorated."""
    for _ in range(20):
        inner = getattr(function, "__wrapped__", None)
        if inner is None:
            break
        function = inner
    return function


def is_the(plain, function):
    """Whether a function's code is its own, and not that of a decorator or of another class."""
    code = getattr(plain, "__code__", None)
    return getattr(code, "co_qualname", None) == function.qualname


def disguise(function, like, filename):
    """Gives a function's code the place of another's, for tracebacks and warnings."""
    function.__code__ = function.__code__.replace(
        co_filename=filename, co_firstlineno=like.co_firstlineno
    )


def leave_traceback(error):
    """Takes the caller's frame out of a traceback; before Python 3.11 that is not possible."""
    traceback = error.__traceback__
    if traceback is not None and traceback.tb_frame is sys._getframe(1):
        error.__traceback__ = traceback.tb_next


def put_first(home, path, separator):
    """A PYTHONPATH with the probe's folder first, if it is in it and is not."""
    parts = (path or "").split(separator)
    if home not in parts or parts[0] == home:
        return None
    return separator.join([home] + [part for part in parts if part != home])


def usage_of_thread(time):
    """A function that tells what this thread has used."""
    try:
        import resource
        which, usage = resource.RUSAGE_THREAD, resource.getrusage
        usage(which)
        return lambda: usage(which)
    except Exception:
        spent = time.thread_time
        return lambda: (spent(), 0)


def used(before, after):
    """What was used between: CPU time in microseconds, faults (minor, major), blocks read."""
    cpu = int((after[0] + after[1] - before[0] - before[1]) * 1000000)
    if len(after) < 10:
        return [cpu]
    return [cpu, after[6] - before[6], after[7] - before[7], after[9] - before[9]]


def title_is_news(title):
    """Whether `multiprocessing` may have named this process."""
    return title == "MainProcess" and "multiprocessing.process" in sys.modules


# -- texts


def message_of(error):
    """An error in one line; one that may hold a secret by its type alone."""
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:
        text = ""
    text = clipped(" ".join(text.split()))
    if not text:
        return name
    return "%s: %s" % (name, HIDDEN if looks_secret(text) else text)


def clipped(text):
    """A text of bearable length."""
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "..."


def redacted(args):
    """Arguments without the secrets in them."""
    result = []
    size = 0
    # How many arguments ago an option named a secret, if all since then are its values.
    since = 0
    for arg in args:
        name, equals, value = arg.partition("=")
        if since and not arg.startswith("--" if since == 1 else "-"):
            text = HIDDEN
            since += 1
        elif is_secret_name(name):
            text = name + "=" + HIDDEN if equals else arg
            since = 1 if not equals and arg.startswith("-") else 0
        else:
            since = 0
            is_option = arg.startswith("-")
            secret = looks_secret(value if is_option else arg)
            text = (name + "=" + HIDDEN if is_option else HIDDEN) if secret else clipped(arg)
        size += len(quoted(text)) + 1
        if size > MOST_ARGS:
            result.append("...")
            break
        result.append(text)
    return result


SECRET_WORDS = frozenset(
    "token secret password passphrase passwd pass credential credentials auth authorization"
    " key keys apikey apikeys accesskey secretkey".split()
)
SECRET_FORMS = ("hf_", "sk-", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "akia")
SECRET_FORMS += ("xoxa-", "xoxb-", "xoxp-", "bearer ", "basic ", "authorization", "api-key")
SECRET_ENDS = ("token", "key", "secret", "password", "passwd", "credential", "signature", "sig")


def is_secret_name(name):
    """Whether an option or variable names a secret: `--api-key`, `HF_TOKEN`."""
    words = name.lower().replace("_", "-").replace(".", "-").split("-")
    return words[-1] in SECRET_WORDS and not any(c in name for c in " /:{")


def looks_secret(text):
    """Whether a text holds something that may be a secret; rather once too often."""
    lower = text.lower()
    if "://" in lower and "@" in lower.partition("://")[2].split("/")[0]:
        return True
    for form in SECRET_FORMS:
        at = lower.find(form)
        if at >= 0 and (at == 0 or not lower[at - 1].isalnum()):
            return True
    # NAME=VALUE, ?name=value and "name": "value".
    for separator in ("=", '"', "'", ":"):
        for part in lower.split(separator)[:-1]:
            if part.rstrip("s").endswith(SECRET_ENDS):
                return True
    return False


def encoded(value):
    """A value as JSON in ASCII; the module `json` takes milliseconds to import."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ",".join(quoted(k) + ":" + encoded(v) for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(encoded(item) for item in value) + "]"
    return "null" if value is None else "%d" % value


def quoted(text):
    """A text as JSON."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return '"' + text + '"'
    escaped = []
    for char in text:
        code = ord(char)
        if char in '"\\':
            escaped.append("\\" + char)
        elif 32 <= code < 127:
            escaped.append(char)
        elif code < 0x10000:
            escaped.append("\\u%04x" % code)
        else:
            code -= 0x10000
            escaped.append("\\u%04x\\u%04x" % (0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF)))
    return '"' + "".join(escaped) + '"'


# -- the beginning and the end of what is done before the program


def stay_first(home):
    """Has children find the probe first, where what ran after it has put itself before it."""
    import os

    try:
        path = put_first(home, os.environ.get("PYTHONPATH"), os.pathsep)
        if path is not None:
            os.environ["PYTHONPATH"] = path
    except Exception:
        pass


def start(home):
    """Puts the hooks in place, if somebody wants to know. `home` is the folder of this file."""
    import os
    import time

    importlib = sys.modules["_frozen_importlib"]
    # Another one of us was here before, for a coldtrace inside the one that brought this one.
    if hasattr(importlib, "_coldtrace"):
        return
    settings, functions = read(home + "/" + FUNCTIONS)
    folder = folder_of_start(os, time, home)
    if os.access(folder + "/stop", 0) or not os.access(folder, 0):
        return
    probe = Probe(os, time, folder, settings, functions)
    importlib._coldtrace = True
    probe.tell_process("exec")
    if probe.is_silent:
        return
    try:
        probe.time_imports(importlib)
        probe.time_collections()
        probe.tell_exec(home)
        probe.tell_exit()
        probe.tell_forks()
        if functions:
            probe.time_functions()
    except Exception:
        probe.silence()


def read(path):
    """The settings, `name=value`, and the functions, one a line: where, name, phase, kind."""
    settings, functions = {}, []
    with open(path, encoding="utf-8") as lines:
        for line in lines.read().splitlines():
            parts = line.split("\t")
            if len(parts) == 4:
                functions.append(Function(*parts))
            else:
                name, _, value = line.partition("=")
                settings[name] = value
    if settings.get("mode") == "functions":
        takes = waits_for()
        for name in ("communicate", "wait"):
            functions.append(Function("subprocess:Popen." + name, "", "", "", takes))
    return settings, functions


def folder_of_start(os, time, home):
    """The folder of this start; the topmost process makes one where nobody else has."""
    folder = os.environ.get(START)
    if folder:
        return folder
    name = f"/start-{time.time_ns() // 1000000}-{os.getpid()}"
    folder = os.path.dirname(home) + name
    os.mkdir(folder, 0o700)
    os.environ[START] = folder
    return folder
