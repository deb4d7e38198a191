#!/bin/sh
# planetop's AMQP consumer beside a C program on the same queue, in turns, on a private broker.
#   swift build -c release --product amqp-bench && Tests/Benchmarks/amqp.sh [ROUNDS]
# A line per run: who, messages, wall seconds, messages per second, microseconds of CPU per message.
set -eu
ROUNDS=${1:-3}
cd "$(dirname "$0")/../.."
BENCH=${BENCH:-.build/release/amqp-bench}
WORK=$(mktemp -d)
cc -O2 -o "$WORK/drain" Tests/Benchmarks/baselines/drain.c -lrabbitmq
mkfifo "$WORK/hold"
"$BENCH" serve < "$WORK/hold" > "$WORK/port" &
exec 9> "$WORK/hold"
trap 'exec 9>&-; wait; rm -rf "$WORK"' EXIT
while [ ! -s "$WORK/port" ]; do sleep 0.2; done
PORT=$(cat "$WORK/port")

echo "classic queue, 100 000 messages of 985 B, prefetch 256"
n=0
while [ $n -lt "$ROUNDS" ]; do
  for who in c swift owner; do
    "$WORK/drain" fill "$PORT" bench 100000 985 classic
    case $who in
      c) "$WORK/drain" drain "$PORT" bench 100000 classic ;;
      swift) "$BENCH" drain "$PORT" bench 100000 classic ;;
      owner) "$BENCH" drain "$PORT" bench 100000 classic owner ;;
    esac
  done
  n=$((n + 1))
done
"$WORK/drain" delete "$PORT" bench

echo "stream, 300 000 messages of 985 B, prefetch 1000"
"$WORK/drain" fill "$PORT" history 300000 985 stream
n=0
while [ $n -lt "$ROUNDS" ]; do
  "$WORK/drain" drain "$PORT" history 300000 stream
  "$BENCH" drain "$PORT" history 300000 stream
  "$BENCH" drain "$PORT" history 300000 stream owner
  n=$((n + 1))
done
"$WORK/drain" delete "$PORT" history
