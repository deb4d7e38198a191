#!/bin/sh
# A private RabbitMQ on loopback, in a folder of its own, for as long as somebody holds our standard input open.
#   broker.sh DIR PORT TLS_PORT EPMD_PORT DIST_PORT
# Starts it, then obeys one command per line: start stop kill freeze thaw, ctl ARGUMENT… (rabbitmqctl).
# Every command, the start included, ends with a line `= STATUS`. At the end of the input the broker and the
# folder go, so a test process that dies leaves nothing behind.
# Needs rabbitmq-server and openssl; no root, no systemd, none of the system's broker settings.
set -u
DIR=$1 PORT=$2 TLS_PORT=$3 EPMD=$4 DIST=$5
HERE=$(cd "$(dirname "$0")" && pwd)
# Not /usr/sbin: that wrapper insists on root and /var.
SBIN=${RABBITMQ_SBIN:-/usr/lib/rabbitmq/bin}
trap '' INT HUP PIPE

certificates() {
  mkdir -p "$DIR/tls" && cd "$DIR/tls" || return 1
  umask 077
  for ca in ca other-ca; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 7 \
      -subj "/CN=test $ca" -keyout $ca.key -out $ca.pem || return 1
  done
  for who in server client; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
      -keyout $who.key -out $who.csr || return 1
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=%sAuth\n' $who > $who.ext
    openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 7 \
      -extfile $who.ext -out $who.pem || return 1
  done
  # The broker's own key again, certified until yesterday, and by nobody but itself.
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days -1 \
    -extfile server.ext -out expired.pem || return 1
  openssl req -x509 -key server.key -days 7 -subj "/CN=localhost" -out lonely.pem || return 1
}

configure() {
  cat > "$DIR/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$PORT
listeners.ssl.1 = 127.0.0.1:$TLS_PORT
ssl_options.cacertfile = $DIR/tls/ca.pem
ssl_options.certfile = $DIR/tls/server.pem
ssl_options.keyfile = $DIR/tls/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
disk_free_limit.absolute = 64MB
vm_memory_high_watermark.absolute = 1GB
heartbeat = 60
load_definitions = $DIR/definitions.json
log.file.level = info
log.console = false
CONF
  cp "$HERE/definitions.json" "$DIR/definitions.json"
  echo '[].' > "$DIR/enabled_plugins"
  : > "$DIR/env.conf"
  [ -f "$DIR/.erlang.cookie" ] || { (umask 377; openssl rand -hex 20 > "$DIR/.erlang.cookie"); }
}

export HOME="$DIR" ERL_EPMD_PORT=$EPMD ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME=planetop$PORT@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
export RABBITMQ_NODE_PORT=$PORT RABBITMQ_DIST_PORT=$DIST
export RABBITMQ_MNESIA_BASE="$DIR/mnesia" RABBITMQ_LOG_BASE="$DIR/log"
export RABBITMQ_CONFIG_FILE="$DIR/rabbitmq.conf" RABBITMQ_CONF_ENV_FILE="$DIR/env.conf"
export RABBITMQ_ENABLED_PLUGINS_FILE="$DIR/enabled_plugins" RABBITMQ_PID_FILE="$DIR/beam.pid"
export RABBITMQ_GENERATED_CONFIG_DIR="$DIR/gen" RABBITMQ_ADVANCED_CONFIG_FILE="$DIR/none.config"
# The distribution port would listen on every interface; busy waiting off: an idle node takes no CPU.
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"

beam() { cat "$DIR/beam.pid" 2>/dev/null; }
alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null && ! grep -qs '^State:.Z' "/proc/$1/status"; }

start() {
  rm -rf "$DIR/log"
  # In the foreground of our own shell, so that its pid is known; else the broker leaves one behind.
  if ! alive "${EPMD_PID:-}"; then
    epmd -port "$EPMD" -address 127.0.0.1 -relaxed_command_check >"$DIR/epmd.log" 2>&1 </dev/null &
    EPMD_PID=$!
  fi
  setsid "$SBIN/rabbitmq-server" >"$DIR/out.log" 2>&1 </dev/null &
  SERVER_PID=$!
  n=0
  until grep -qs 'Server startup complete' "$DIR"/log/planetop*.log; do
    n=$((n + 1))
    if [ $n -gt 1200 ] || ! alive "$SERVER_PID"; then
      tail -n 20 "$DIR/out.log" "$DIR"/log/*.log
      return 1
    fi
    sleep 0.05
  done
}

# end SIGNAL: the node, and wait until it is gone.
end() {
  for pid in $(beam) ${SERVER_PID:-}; do
    alive "$pid" || continue
    kill "-$1" "$pid" 2>/dev/null
    n=0
    while alive "$pid" && [ $n -lt 400 ]; do sleep 0.05; n=$((n + 1)); done
    alive "$pid" && kill -KILL "$pid" 2>/dev/null
  done
  rm -f "$DIR/beam.pid"
  SERVER_PID=
}

obey() {
  case $1 in
  start) start ;;
  stop) end TERM ;;
  kill) end KILL ;;
  freeze) kill -STOP "$(beam)" ;;
  thaw) kill -CONT "$(beam)" ;;
  ctl)
    shift
    "$SBIN/rabbitmqctl" -q -n "$RABBITMQ_NODENAME" "$@" 2>&1 </dev/null
    ;;
  *) echo "unknown command: $1"; false ;;
  esac
}

mkdir -p "$DIR"
{ (certificates) >"$DIR/openssl.log" 2>&1 || { cat "$DIR/openssl.log"; false; }; } && configure && start
echo "= $?"
while IFS= read -r line; do
  # Words are split at spaces; no argument of ours holds one.
  set -f
  set -- $line
  set +f
  obey "$@"
  echo "= $?"
done
kill -CONT "$(beam)" 2>/dev/null
end KILL
alive "${EPMD_PID:-}" && kill "$EPMD_PID"
rm -rf "$DIR"
