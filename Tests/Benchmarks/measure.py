"""What the measuring scripts share: CPU time and memory of a process, medians, tables."""
import os
import statistics


def cpu_nanoseconds(pid):
    """CPU time of all threads of a process, from the scheduler's own clock, which counts nanoseconds."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            try:
                with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                    total += int(file.read().split()[0])
            except OSError:
                pass  # The thread has just ended.
    except OSError:
        return 0
    if total:
        return total
    # A kernel without schedstat: a clock of 10 ms.
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


class Load:
    """The machine's load while something is measured."""

    def __init__(self):
        self.seen = []
        self.note()

    def note(self):
        self.seen.append(os.getloadavg()[0])

    def __str__(self):
        self.note()
        return f"{os.cpu_count()} cores, load average {min(self.seen):.1f} to {max(self.seen):.1f}"


def median(values):
    return statistics.median(values) if values else float("nan")


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def figure(value):
    """Three significant digits, without an exponent."""
    if value != value:
        return "–"
    if value == 0:
        return "0"
    digits = 2
    while abs(value) >= 10 ** (3 - digits) and digits > 0:
        digits -= 1
    while abs(value) < 10 ** (2 - digits) and digits < 6:
        digits += 1
    return f"{value:,.{digits}f}"


def table(head, rows):
    """A Markdown table as text."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
