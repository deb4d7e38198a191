#!/usr/bin/env python3
"""planetop beside a real Prometheus, in turns, on the same data.

  prometheus.py [SERIES] [--turns N] [--rule-turns N] [--rule-seconds S] [--bench PROGRAM] [--json FILE]

Starts `prometheus` (2.42 or later, found on PATH) on 127.0.0.1 with a folder of its own, writes the benchmark data to
it by remote write, one scrape after another, and has `planetop-bench serve` hold the same. Prints Markdown tables:
taking samples in, memory, 200 rules, and each benchmark query, medians of the turns.

The data is made here a second time, so that a mistake of one generator would show: the answers of both programs to
all queries must agree within 1e-9, or the script says which do not and ends with 1.

CPU is that of the whole server process, HTTP and JSON included, from the scheduler's clock. A query is repeated within
a turn until 50 ms of CPU have gone. planetop's first column is evaluation alone, as a screen uses it; the second also
parses the query and writes the answer as the JSON of Prometheus' API.
"""
import argparse
import http.client
import json
import math
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.dont_write_bytecode = True
from measure import Load, cpu_nanoseconds, figure, median, resident_bytes, table

STEP_MS, SCRAPES = 15_000, 241
REQUEST_SERIES_MAX = 5_000
BOUNDS = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]
STATUSES = ["200", "201", "404", "500", "503"]


def series(number):
    """Labels of a series, and its value as a function of the scrape: the same as in BenchmarkData.swift."""
    block, rest = divmod(number, 100)
    instance, job = f"web-{block % 50}", f"api-{block % 10}"
    if rest < 40:
        labels = {
            "__name__": "http_requests_total", "job": job, "instance": instance, "block": str(block),
            "handler": f"/api/v{rest % 3}/op{rest % 8}", "method": "POST" if rest & 1 else "GET",
            "status": STATUSES[rest % 5]}
        slope = (1 + rest % 7) * 5
        return labels, lambda s: slope * s + (number * 7919 + s * 31) % 5
    if rest < 76:
        histogram, bucket = divmod(rest - 40, 12)
        labels = {
            "__name__": "http_request_duration_seconds_bucket", "job": job, "instance": instance,
            "block": str(block), "handler": f"/api/h{histogram}", "le": BOUNDS[bucket]}
        slope = (bucket + 1) * (1 + (number // 12) % 3)
        return labels, lambda s: s * slope
    if rest < 86:
        labels = {
            "__name__": "kafka_consumergroup_lag", "consumergroup": f"cg-{block % 20}", "topic": f"t-{block}",
            "partition": str(rest - 76)}
        return labels, lambda s: (number * 131 + s * 17 + (s * s * (number % 13)) % 97) % 5000
    if rest < 98:
        used = rest - 86 < 6
        labels = {
            "__name__": f"spark_executor_memory_{'used' if used else 'max'}_bytes",
            "application_id": f"app-{block}", "executor_id": str((rest - 86) % 6), "host": f"node-{block % 30}"}
        if used:
            return labels, lambda s: 1e9 + ((number * 7 + s * 13) % 1000) * 2.5e6
        return labels, lambda s: 4294967296.0
    if rest == 98 and block % 10 == 0:
        labels = {
            "__name__": "app_info", "application_id": f"app-{block}", "version": f"3.{block % 4}",
            "team": f"team-{block % 7}"}
        return labels, lambda s: 1.0
    labels = {
        "__name__": "node_filesystem_avail_bytes", "instance": f"node-{block}", "mountpoint": f"/data{rest - 98}"}
    fall = 1e6 + (number % 50) * 4e7
    return labels, lambda s: 5e11 - s * fall


# MARK: Remote write: protobuf by hand, in snappy blocks of literals

def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, content):
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def snappy(content):
    out = bytearray(varint(len(content)))
    for start in range(0, len(content), 65536):
        piece = content[start:start + 65536]
        out += bytes([61 << 2]) + struct.pack("<H", len(piece) - 1) + piece
    return bytes(out)


class WriteRequest:
    """One request for some series, made once; each scrape writes its values and time into it."""

    def __init__(self, members, some_time):
        self.body = bytearray()
        self.places = []
        time_bytes = varint(some_time)
        self.sample = struct.Struct(f"<dB{len(time_bytes)}s")
        for labels, value in members:
            names = b"".join(
                field(1, field(1, name.encode()) + field(2, text.encode())) for name, text in sorted(labels.items()))
            sample = b"\x09" + bytes(8) + b"\x10" + time_bytes
            self.body += field(1, names + field(2, sample))
            self.places.append((len(self.body) - len(sample) + 1, value))

    def encoded(self, scrape, at):
        at_bytes = varint(at)
        for place, value in self.places:
            self.sample.pack_into(self.body, place, value(scrape), 0x10, at_bytes)
        return snappy(bytes(self.body))


# MARK: The two programs

class Prometheus:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="planetop-bench.")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.configuration = os.path.join(self.folder, "prometheus.yml")
        self.rules = os.path.join(self.folder, "rules.yml")
        self.configure(False)
        with open(os.path.join(self.folder, "log"), "w") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.configuration}", f"--storage.tsdb.path={self.folder}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--web.enable-remote-write-receiver",
                 "--web.enable-lifecycle", "--storage.tsdb.retention.time=99y", "--log.level=warn"],
                stdout=log, stderr=log)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        for _ in range(600):
            try:
                if self.request("GET", "/-/ready")[0] == 200:
                    return
            except OSError:
                self.connection.close()
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        with open(os.path.join(self.folder, "log")) as log:
            sys.exit(f"prometheus.py: the server did not start:\n{log.read()}")

    def request(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        response = self.connection.getresponse()
        return response.status, response.read()

    def write(self, body):
        status, text = self.request("POST", "/api/v1/write", body, {
            "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
            "X-Prometheus-Remote-Write-Version": "0.1.0"})
        if status // 100 != 2:
            sys.exit(f"prometheus.py: remote write: {status} {text.decode(errors='replace')}")

    def query(self, expression, step, last_ms):
        if step is None:
            path, values = "/api/v1/query", {"query": expression, "time": last_ms / 1000}
        else:
            path = "/api/v1/query_range"
            values = {"query": expression, "start": last_ms / 1000 - 3600, "end": last_ms / 1000, "step": step}
        return self.request("POST", path, urllib.parse.urlencode(values),
                            {"Content-Type": "application/x-www-form-urlencoded"})[1]

    def configure(self, with_rules):
        with open(self.configuration, "w") as file:
            file.write("global: {scrape_interval: 15s, evaluation_interval: 15s}\n")
            if with_rules:
                file.write(f"rule_files: ['{self.rules}']\n")

    def reload(self, with_rules):
        self.configure(with_rules)
        if self.request("POST", "/-/reload")[0] != 200:
            sys.exit("prometheus.py: the server refused the rules")

    def evaluations(self):
        text = self.request("GET", "/metrics")[1].decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith("prometheus_rule_evaluations_total{"))

    def failing_rules(self):
        groups = json.loads(self.request("GET", "/api/v1/rules")[1])["data"]["groups"]
        return sum(rule["health"] != "ok" for group in groups for rule in group["rules"])

    @property
    def cpu(self):
        return cpu_nanoseconds(self.process.pid)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Planetop:
    def __init__(self, program, count, end_ms):
        self.process = subprocess.Popen(
            [program, "serve", str(count), "--end", str(end_ms)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)

    def line(self):
        line = self.process.stdout.readline()
        if not line or line.startswith("failed"):
            sys.exit(f"prometheus.py: planetop-bench: {line.strip() or 'ended'}")
        return line.rstrip("\n")

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.line()

    def numbers(self, command):
        return [int(word) for word in self.ask(command).split()]

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


# MARK: Comparing answers

def agree(a, b):
    a, b = float(a), float(b)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= 1e-9 * max(abs(a), abs(b))


def difference(name, ours, theirs, since):
    """What differs between two answers, in words; `None` when nothing does. Points before `since` are not looked at."""
    ours, theirs = json.loads(ours), json.loads(theirs)
    if ours["status"] != "success" or theirs["status"] != "success":
        return f"failed: {ours.get('error')} / {theirs.get('error')}"
    sides = []
    for answer in (ours["data"]["result"], theirs["data"]["result"]):
        points = {}
        for one in answer:
            key = json.dumps(one["metric"], sort_keys=True)
            points[key] = [p for p in (one["values"] if "values" in one else [one["value"]]) if p[0] >= since]
        sides.append(points)
    if name == "topk":
        # Which of several equal ones are taken is up to the program; the values are not.
        sides = [{"": sorted(points, key=lambda p: float(p[1]))} for points in
                 ([p for values in side.values() for p in values] for side in sides)]
    a, b = sides
    if a.keys() != b.keys():
        return f"{len(a)} and {len(b)} series, {len(a.keys() ^ b.keys())} of them in one only"
    for key, values in a.items():
        if len(values) != len(b[key]):
            return f"{len(values)} and {len(b[key])} points of {key}"
        for (time_a, value_a), (time_b, value_b) in zip(values, b[key]):
            if abs(time_a - time_b) > 0.001 or not agree(value_a, value_b):
                return f"{value_a} at {time_a} and {value_b} at {time_b} of {key}"
    return None


# MARK: The measurement

def load_prometheus(server, count, end_ms):
    members = [series(number) for number in range(count)]
    start_ms = end_ms - (SCRAPES - 1) * STEP_MS
    requests = [WriteRequest(members[first:first + REQUEST_SERIES_MAX], start_ms)
                for first in range(0, count, REQUEST_SERIES_MAX)]
    before = server.cpu
    for scrape in range(SCRAPES):
        for request in requests:
            server.write(request.encoded(scrape, start_ms + scrape * STEP_MS))
    return server.cpu - before


def measure_rules(server, ours, seconds, turns, idle_seconds, load):
    """CPU ns of one evaluation of a rule: planetop, planetop with nothing shared, Prometheus."""
    count = int(ours.ask("rulefile"))
    with open(server.rules, "w") as file:
        file.write("\n".join(ours.line() for _ in range(count)) + "\n")
    shared, each, theirs = [], [], []
    failing = 0
    for _ in range(turns):
        time.sleep(2)
        before = server.cpu
        time.sleep(idle_seconds)
        idle = (server.cpu - before) / idle_seconds
        server.reload(True)
        # Each group is evaluated once, at its own moment of the interval, before anything counts.
        time.sleep(12)
        evaluated, before, began = server.evaluations(), server.cpu, time.monotonic()
        time.sleep(seconds)
        spent, passed = server.cpu - before, time.monotonic() - began
        evaluated = server.evaluations() - evaluated
        failing = max(failing, server.failing_rules())
        server.reload(False)
        theirs.append((spent - idle * passed) / max(evaluated, 1))
        at = int(time.time() * 1000)
        for kind, list_ in (("shared", shared), ("each", each)):
            _, cost, ours_failing = ours.numbers(f"rules 3 {at} {kind}")
            failing = max(failing, ours_failing)
            list_.append(cost)
        load.note()
    return shared, each, theirs, failing


def measure_queries(server, ours, queries, last_ms, turns, load):
    """For each query the CPU ns of planetop, planetop with JSON, and Prometheus, a list of turns each."""
    times = [([], [], []) for _ in queries]
    for turn in range(turns):
        for number, (_, step, expression) in enumerate(queries):
            evaluation, text, theirs = times[number]
            for command, list_ in (("query", evaluation), ("json", text)):
                list_.append(ours.numbers(f"{command} {number} 50")[1])
            runs, before = 0, server.cpu
            while True:
                server.query(expression, step, last_ms)
                runs += 1
                spent = server.cpu - before
                if spent >= 50_000_000 or runs == 2000:
                    break
            theirs.append(spent / runs)
        load.note()
        print(f"turn {turn + 1} of {turns} done", file=sys.stderr)
    return times


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", nargs="?", type=int, default=1_000)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--rule-turns", type=int, default=3)
    parser.add_argument("--rule-seconds", type=float, default=30)
    parser.add_argument("--bench", default=".build/release/planetop-bench")
    parser.add_argument("--json", help="write all figures to this file too")
    options = parser.parse_args()
    if not shutil.which("prometheus"):
        sys.exit("prometheus.py: no `prometheus` on PATH; install it (Debian: apt install prometheus)")
    version = subprocess.run(["prometheus", "--version"], capture_output=True, text=True)
    version = (version.stdout or version.stderr).split("version ")[-1].split()[0].split("+")[0]
    load = Load()
    # Rules are evaluated at the time of day, so the data must reach beyond it; its times lie between those that
    # windows end at, which are whole minutes in a subquery.
    end_ms = int(time.time() + 1_500 + options.series / 500) // 60 * 60_000 + 5_000
    server = Prometheus()
    ours = None
    try:
        empty = resident_bytes(server.process.pid)
        ingestion = load_prometheus(server, options.series, end_ms)
        growth = resident_bytes(server.process.pid) - empty
        print("Prometheus has the data", file=sys.stderr)
        ours = Planetop(options.bench, options.series, end_ms)
        _, _, samples, our_growth, our_ingestion = ours.line().split()
        samples, our_growth, our_ingestion = int(samples), int(our_growth), int(our_ingestion)
        if samples != options.series * SCRAPES:
            sys.exit("prometheus.py: planetop did not take all samples in")
        queries = []
        for _ in range(int(ours.ask("queries"))):
            name, step, expression = ours.line().split("\t")
            queries.append((name, None if step == "i" else int(step), expression))

        last_ms = end_ms + 7_000
        # Where a window reaches back to before the first sample, Prometheus 2 and 3 extrapolate counters differently.
        since = last_ms / 1000 - 3600 + 300
        differences = []
        for number, (name, step, expression) in enumerate(queries):
            found = difference(name, ours.ask(f"answer {number}"), server.query(expression, step, last_ms), since)
            if found:
                differences.append(f"{name}: {found}")
        for expression in ['count by (__name__) ({__name__=~".+"})'] + [
                f"sum(sum_over_time({name}[1h]))" for name in sorted({series(n)[0]["__name__"] for n in range(100)})]:
            found = difference("", ours.ask(f"ask {expression}"), server.query(expression, None, last_ms), since)
            if found:
                differences.append(f"{expression}: {found}")
        for one in differences:
            print(f"answers differ: {one}", file=sys.stderr)
        print(f"answers compared, {len(differences)} differ", file=sys.stderr)

        rules = measure_rules(server, ours, options.rule_seconds, options.rule_turns, 10, load) \
            if options.rule_turns else None
        times = measure_queries(server, ours, queries, last_ms, options.turns, load)
    finally:
        server.stop()
        if ours:
            ours.stop()

    print(f"\n### {options.series:,} series, {samples:,} samples\n")
    print(f"planetop and Prometheus {version} in turns, medians of {options.turns} turns; {load}. "
          + ("The answers of both agree within 1e-9." if not differences
             else f"**{len(differences)} answers differ.**") + "\n")
    print(table(
        ["", "planetop", "Prometheus", "ratio"],
        [["taking samples in, CPU ns a sample", figure(our_ingestion / samples), figure(ingestion / samples),
          figure(ingestion / our_ingestion)],
         ["growth of the process, MB", figure(our_growth / 1e6), figure(growth / 1e6), figure(growth / our_growth)],
         ["bytes a sample", figure(our_growth / samples), figure(growth / samples), figure(growth / our_growth)]]
        + ([["a rule, CPU µs an evaluation", figure(median(rules[0]) / 1e3), figure(median(rules[2]) / 1e3),
             figure(median(rules[2]) / median(rules[0]))],
            ["a rule, nothing shared", figure(median(rules[1]) / 1e3), figure(median(rules[2]) / 1e3),
             figure(median(rules[2]) / median(rules[1]))]] if rules else [])))
    if rules:
        print(f"\n200 rules, {options.rule_turns} turns of {options.rule_seconds:g} s, {rules[3]} rules failing. "
              "Prometheus takes samples in through HTTP, planetop from memory.")
    print("\nCPU ms of one evaluation. Prometheus: the server process, HTTP and JSON included; planetop: evaluation "
          "alone, and with parsing and JSON.\n")
    rows, ratios, text_ratios = [], [], []
    for (name, _, _), (evaluation, text, theirs) in zip(queries, times):
        ours_ms, text_ms, theirs_ms = (median(list_) / 1e6 for list_ in (evaluation, text, theirs))
        ratios.append(theirs_ms / ours_ms)
        text_ratios.append(theirs_ms / text_ms)
        rows.append([name, figure(ours_ms), figure(text_ms), figure(theirs_ms), figure(ratios[-1]),
                     figure(text_ratios[-1])])
    for word, choose in (("least", min), ("median", median)):
        rows.append([f"**{word} ratio**", "", "", "", f"**{figure(choose(ratios))}**",
                     f"**{figure(choose(text_ratios))}**"])
    print(table(["query", "planetop", "with JSON", "Prometheus", "ratio", "ratio with JSON"], rows))
    if options.json:
        with open(options.json, "w") as file:
            json.dump({
                "series": options.series, "samples": samples, "prometheus": version, "load": load.seen,
                "differences": differences,
                "growth_bytes": {"planetop": our_growth, "prometheus": growth},
                "ingestion_ns": {"planetop": our_ingestion, "prometheus": ingestion},
                "rule_ns": rules and {"planetop": rules[0], "each": rules[1], "prometheus": rules[2]},
                "query_ns": {name: {"planetop": a, "json": b, "prometheus": c}
                             for (name, _, _), (a, b, c) in zip(queries, times)}}, file, indent=1)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
