#!/bin/sh
# planetop's AMQP consumer beside a C program on the same queue, in turns, on a private broker.
#   swift build -c release --product amqp-bench && Tests/Benchmarks/amqp.sh [ROUNDS [CLASSIC [STREAM]]]
# CLASSIC (100 000) and STREAM (300 000) messages are 15 s of 10 000 series in every 1 250. A line per run: who, messages,
# wall seconds, messages per second, microseconds of CPU per message. Then a table of medians.
#   c      a C program over librabbitmq that only counts         swift  planetop's consumer, which only counts
#   owner  with the hand-over to another thread                  store  with mailbox, decoder and store, as the screen does
#   rules  with the built-in rules besides
set -eu
ROUNDS=${1:-5}
CLASSIC=${2:-100000}
STREAM=${3:-300000}
cd "$(dirname "$0")/../.."
BENCH=${BENCH:-.build/release/amqp-bench}
[ -x "$BENCH" ] || { echo "$BENCH is not there: swift build -c release --product amqp-bench" >&2; exit 1; }
WORK=$(mktemp -d)
cc -O2 -o "$WORK/drain" Tests/Benchmarks/baselines/drain.c -lrabbitmq
mkfifo "$WORK/hold"
"$BENCH" serve < "$WORK/hold" > "$WORK/port" &
exec 9> "$WORK/hold"
trap 'exec 9>&-; wait; rm -rf "$WORK"' EXIT
while [ ! -s "$WORK/port" ]; do sleep 0.2; done
PORT=$(cat "$WORK/port")
BYTES=$("$BENCH" bodies "$WORK/bodies")

drain() { # WHO QUEUE COUNT TYPE
  if [ "$1" = c ]; then "$WORK/drain" drain "$PORT" "$2" "$3" "$4"; else "$BENCH" drain "$PORT" "$2" "$3" "$4" "$1"; fi
}

# Medians of the lines of a file, with ratios to C.
medians() {
  python3 - "$1" << 'PYTHON'
import statistics, sys
runs = {}
for line in open(sys.argv[1]):
    words = line.split()
    if len(words) > 7 and words[2] == "messages":
        runs.setdefault(words[0], []).append((float(words[5]), float(words[7])))
if "c" not in runs:
    sys.exit("no run of the C program")
medians = {who: [statistics.median(column) for column in zip(*of)] for who, of in runs.items()}
# Beside the run of C of the same round: what else the machine did is then mostly the same.
shares = {who: statistics.median(a[0] / b[0] for a, b in zip(of, runs["c"])) for who, of in runs.items()}
print("\n| | messages a second | rate against C, median of rounds | CPU a message | more than C |\n|---|---|---|---|---|")
for who, (rate, cpu) in medians.items():
    print(f"| {who} | {rate:,.0f} | {shares[who]:.3f} | {cpu:.2f} µs | {cpu - medians['c'][1]:+.2f} µs |")
PYTHON
}

load() { cut -d' ' -f1 /proc/loadavg; }

# Each round begins with another one, so that none always has the warmest broker.
order() {
  case $(($1 % 5)) in
    0) echo c swift owner store rules ;;
    1) echo store rules c swift owner ;;
    2) echo owner store rules c swift ;;
    3) echo rules c swift owner store ;;
    4) echo swift owner store rules c ;;
  esac
}

echo "## Classic queue, $CLASSIC messages of $BYTES B, prefetch 256; $(nproc) cores, load $(load)"
n=0
while [ $n -lt "$ROUNDS" ]; do
  for who in $(order $n); do
    "$WORK/drain" fill "$PORT" bench "$CLASSIC" "$WORK/bodies" classic
    drain "$who" bench "$CLASSIC" classic | tee -a "$WORK/classic"
  done
  n=$((n + 1))
done
"$WORK/drain" delete "$PORT" bench
medians "$WORK/classic"

echo
echo "## Stream, $STREAM messages of $BYTES B, prefetch 1000; load $(load)"
"$WORK/drain" fill "$PORT" history "$STREAM" "$WORK/bodies" stream
n=0
while [ $n -lt "$ROUNDS" ]; do
  for who in $(order $n); do drain "$who" history "$STREAM" stream | tee -a "$WORK/stream"; done
  n=$((n + 1))
done
"$WORK/drain" delete "$PORT" history
medians "$WORK/stream"
echo
echo "Load at the end: $(load)."
