#!/usr/bin/env python3
"""The running program in a pseudo-terminal, beside htop, in turns.

  terminal.py [--program PLANETOP] [--capture FILE [--at TIME]] [--sizes 80x24,200x50,300x100] [--seconds S] [--runs N]
              [--json FILE]

For each size `planetop demo`, `planetop replay FILE --speed 1` (with --capture) and htop (where it is installed) run one
after another, N times; a Markdown table for each size has the medians of the runs. The window of 60 s includes the
moments at which charts move on.

  first byte, frame   from exec to the first byte, and to the end of the first output after which a quarter of the rows were
                      written to; what waits for silence is not counted
  update              output up to a silence of 40 ms
  reads               pieces in which an update arrived; the terminal's driver cuts what is larger than 4 kB
  key                 from writing a key to the first byte that follows, when the screen had been quiet; keys come at
                      uneven times, so they fall anywhere between two refreshes
  CPU                 of all threads, from the scheduler's own clock, without keys
"""
import argparse
import fcntl
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
from measure import Load, cpu_nanoseconds, figure, median, percentile, resident_bytes, table

UPDATE_GAP = 0.04
ESCAPE = re.compile(rb"\x1b\[([0-9;?]*)([@-~])|\x1b[()][A-Z0-9]|\x1b[=>78cDEHMNOZ]|[\r\n\b\t\x0e\x0f]|[^\x1b\r\n\b\t\x0e\x0f]+")


class Rows:
    """Which rows of the screen were written to: as much of a terminal as that takes."""

    def __init__(self, height):
        self.height, self.row, self.written = height, 0, set()

    def feed(self, data):
        for match in ESCAPE.finditer(data):
            text, kind = match.group(0), match.group(2)
            if kind is None:
                if text == b"\n":
                    self.row = min(self.row + 1, self.height - 1)
                elif text[0] != 0x1B and text not in (b"\r", b"\b", b"\t", b"\x0e", b"\x0f") and text.strip():
                    self.written.add(self.row)
                continue
            number = int(match.group(1).split(b";")[0] or 1) if match.group(1)[:1] != b"?" else 1
            if kind in b"Hfd":
                self.row = number - 1
            elif kind == b"A":
                self.row = max(0, self.row - number)
            elif kind == b"B":
                self.row = min(self.height - 1, self.row + number)


class Run:
    """A program in a pseudo-terminal, and all that came out of it, with times."""

    def __init__(self, arguments, width, height, home):
        self.log = []
        self.size = (width, height)
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("LINES", "COLUMNS", "TMUX", "STY", "COLORTERM") and name[:9] != "PLANETOP_"}
        environment.update(TERM="xterm-256color", LANG="C.UTF-8", LC_ALL="C.UTF-8", HOME=home,
                           XDG_CONFIG_HOME=home, XDG_STATE_HOME=home)
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.began = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for descriptor in (0, 1, 2):
                    os.dup2(slave, descriptor)
                os.closerange(3, 256)
                os.chdir(home)
                os.execvpe(arguments[0], arguments, environment)
            finally:
                os._exit(127)
        os.close(slave)
        os.set_blocking(self.master, False)
        self.poll = select.epoll()
        self.poll.register(self.master, select.EPOLLIN)
        self.has_ended = False

    def read(self, until, is_done=lambda: False):
        while not self.has_ended and not is_done():
            left = until - time.monotonic()
            if left <= 0:
                return
            if not self.poll.poll(min(left, 0.005)):
                continue
            try:
                data = os.read(self.master, 65536)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                self.has_ended = True
                return
            self.log.append((time.monotonic(), data))

    def is_quiet(self, seconds):
        return not self.log or time.monotonic() - self.log[-1][0] >= seconds

    def press(self, key):
        """Seconds from the key to the first byte; `None` when nothing came within a second."""
        self.read(time.monotonic() + 1, lambda: self.is_quiet(0.02))
        count, at = len(self.log), time.monotonic()
        os.write(self.master, key)
        self.read(at + 1, lambda: len(self.log) > count)
        if len(self.log) == count:
            return None
        first = self.log[count][0] - at
        self.read(at + 1, lambda: self.is_quiet(0.02))
        return first

    def end(self, key):
        """Ends the program, politely at first."""
        for step in (lambda: os.write(self.master, key), lambda: os.kill(self.pid, signal.SIGTERM),
                     lambda: os.kill(self.pid, signal.SIGKILL)):
            try:
                step()
            except OSError:
                pass
            until = time.monotonic() + 2
            while time.monotonic() < until:
                self.read(time.monotonic() + 0.02)
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    self.poll.close()
                    os.close(self.master)
                    return

    def first_frame(self):
        """Seconds to the end of the first output after which a quarter of the rows were written to."""
        rows = Rows(self.size[1])
        for index, (at, data) in enumerate(self.log):
            rows.feed(data)
            is_last = index + 1 == len(self.log) or self.log[index + 1][0] - at >= UPDATE_GAP
            if is_last and len(rows.written) * 4 >= self.size[1]:
                return at - self.began
        return float("nan")


def updates(log):
    groups = []
    for at, data in log:
        if not groups or at - groups[-1][-1][0] >= UPDATE_GAP:
            groups.append([])
        groups[-1].append((at, data))
    return groups


def measure(name, arguments, keys, quit_key, size, options, home, randoms):
    run = Run(arguments, *size, home)
    try:
        run.read(run.began + options.warm)
        if run.has_ended:
            sys.exit(f"terminal.py: {name} ended at once:\n" + b"".join(d for _, d in run.log).decode(errors="replace"))
        figures = {"first byte": (run.log[0][0] - run.began) * 1000 if run.log else float("nan"),
                   "first frame": run.first_frame() * 1000,
                   "memory at first": resident_bytes(run.pid) / 1e6}
        count, cpu, at = len(run.log), cpu_nanoseconds(run.pid), time.monotonic()
        run.read(at + options.seconds)
        passed, cpu = time.monotonic() - at, cpu_nanoseconds(run.pid) - cpu
        steady = run.log[count:]
        groups = updates(steady)
        sizes = [sum(len(data) for _, data in group) for group in groups]
        figures.update({
            "update median": median(sizes), "update 95 %": percentile(sizes, 0.95),
            "update greatest": max(sizes, default=float("nan")), "bytes a second": sum(sizes) / passed,
            "updates a second": len(groups) / passed, "reads": len(steady) / max(1, len(groups)),
            "CPU": cpu / passed / 1e7})
        waits, missed = [], 0
        for number in range(options.keys):
            run.read(time.monotonic() + randoms.uniform(0.05, 0.25))
            wait = run.press(keys[number % len(keys)])
            if wait is None:
                missed += 1
            else:
                waits.append(wait * 1000)
        figures.update({"key median": median(waits), "key 99 %": percentile(waits, 0.99), "keys missed": missed,
                        "memory at last": resident_bytes(run.pid) / 1e6})
        return figures
    finally:
        run.end(quit_key)


LINES = [
    ("first byte", "first byte, ms"), ("first frame", "first full frame, ms"),
    ("update median", "bytes an update, median"), ("update 95 %", "95 %"), ("update greatest", "greatest"),
    ("bytes a second", "bytes a second"), ("updates a second", "updates a second"), ("reads", "reads an update"),
    ("CPU", "CPU, % of a core"), ("key median", "key to first byte, ms, median"), ("key 99 %", "99 %"),
    ("keys missed", "keys that changed nothing"), ("memory at first", "resident after warming up, MB"),
    ("memory at last", "resident at the end, MB")]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=".build/release/planetop")
    parser.add_argument("--capture")
    parser.add_argument("--at", help="where the replay begins")
    parser.add_argument("--sizes", default="80x24,200x50,300x100")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm", type=float, default=6, help="seconds before anything is counted")
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    if not os.access(program, os.X_OK):
        sys.exit(f"terminal.py: no program {program}; build it with swift build -c release --product planetop")
    ours = [b"j", b"k", b"\t", b"j", b"\x1b[Z"]
    programs = [("demo", [program, "demo"], ours, b"q")]
    if options.capture:
        replay = [program, "replay", os.path.abspath(options.capture), "--speed", "1"]
        programs.append(("replay", replay + (["--at", options.at] if options.at else []), ours, b"q"))
    if shutil.which("htop"):
        programs.append(("htop", ["htop"], [b"\x1bOB", b"\x1bOB", b"\x1bOA"], b"q"))
    home = tempfile.mkdtemp(prefix="planetop-bench.")
    everything = {}
    try:
        for size in options.sizes.split(","):
            width, height = (int(number) for number in size.split("x"))
            load, runs, randoms = Load(), {}, random.Random(1)
            for number in range(options.runs):
                for program_line in programs:
                    name = program_line[0]
                    runs.setdefault(name, []).append(
                        measure(*program_line, (width, height), options, home, randoms))
                    load.note()
                    print(f"{size}, run {number + 1} of {options.runs}: {name} done", file=sys.stderr)
            print(f"\n### {width}×{height}\n\nxterm-256color, medians of {options.runs} runs of {options.seconds:g} s after "
                  f"{options.warm:g} s, {options.keys} keys; {load}.\n")
            print(table(["", *runs], [
                [text] + [figure(median([one[key] for one in of])) for of in runs.values()] for key, text in LINES]))
            everything[size] = {"load": load.seen, "runs": runs}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(everything, file, indent=1)


if __name__ == "__main__":
    main()
