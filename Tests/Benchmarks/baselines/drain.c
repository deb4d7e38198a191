// What a plain C program over librabbitmq needs to empty a queue: the measure for planetop's consumer.
//   cc -O2 -o drain drain.c -lrabbitmq
//   drain fill  PORT QUEUE COUNT BYTES classic|stream    declare, purge and fill a queue
//   drain drain PORT QUEUE COUNT classic|stream          consume COUNT messages, acknowledge in batches
//   drain delete PORT QUEUE
// Prints: count, wall seconds, messages per second, microseconds of CPU per message.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

static double wall(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6 + usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6;
}

static void need(int good, const char *what) {
  if (good) return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static amqp_table_entry_t text_entry(const char *key, const char *text) {
  amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = amqp_cstring_bytes(text);
  return entry;
}

static amqp_connection_state_t connect_to(int port) {
  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  need(amqp_socket_open(socket, "127.0.0.1", port) == 0, "connect");
  need(amqp_login(connection, "/", 0, 131072, 60, AMQP_SASL_METHOD_PLAIN, "guest", "guest").reply_type ==
           AMQP_RESPONSE_NORMAL, "login");
  need(amqp_channel_open(connection, 1) != NULL, "channel");
  return connection;
}

static void fill(amqp_connection_state_t connection, amqp_bytes_t queue, long count, long bytes, int stream) {
  amqp_table_entry_t entry = text_entry("x-queue-type", stream ? "stream" : "classic");
  amqp_table_t arguments = {1, &entry};
  need(amqp_queue_declare(connection, 1, queue, 0, 1, 0, 0, arguments) != NULL, "declare");
  if (!stream) need(amqp_queue_purge(connection, 1, queue) != NULL, "purge");
  need(amqp_confirm_select(connection, 1) != NULL, "confirm.select");
  char *body = malloc(bytes);
  for (long i = 0; i < bytes; i++) body[i] = "{\"name\":0.125,}"[i % 15];
  char id[40];
  amqp_basic_properties_t properties = {0};
  properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                      AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG;
  properties.content_type = amqp_cstring_bytes("application/json");
  properties.delivery_mode = 1;
  properties.timestamp = time(NULL);
  properties.type = amqp_cstring_bytes("planetop.metrics.v1");
  properties.app_id = amqp_cstring_bytes("planetop-collector/1.0.0");
  amqp_bytes_t message = {bytes, body};
  long confirmed = 0;
  for (long i = 0; i < count; i++) {
    snprintf(id, sizeof id, "01930000-0000-7000-8000-%012ld", i);
    properties.message_id = amqp_cstring_bytes(id);
    need(amqp_basic_publish(connection, 1, amqp_empty_bytes, queue, 0, 0, &properties, message) == 0, "publish");
    struct timeval none = {0, 0}, second = {1, 0};
    amqp_frame_t frame;
    // Without a limit a stream's writer would be far behind when the reader starts.
    while (i - confirmed > 1000 || i + 1 == count) {
      if (amqp_simple_wait_frame_noblock(connection, &frame, i + 1 == count ? &second : &none) == 0 &&
          frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD)
        confirmed = ((amqp_basic_ack_t *)frame.payload.method.decoded)->delivery_tag;
      amqp_maybe_release_buffers(connection);
      if (confirmed >= count) break;
    }
  }
  free(body);
}

static void drain(amqp_connection_state_t connection, amqp_bytes_t queue, long count, int stream) {
  int prefetch = stream ? 1000 : 256, batch = prefetch / 4;
  need(amqp_basic_qos(connection, 1, 0, prefetch, 0) != NULL, "qos");
  double wall_before = wall(), cpu_before = cpu();
  amqp_table_entry_t entry = text_entry("x-stream-offset", "first");
  amqp_table_t arguments = {stream ? 1 : 0, &entry};
  need(amqp_basic_consume(connection, 1, queue, amqp_empty_bytes, 0, 0, 0, arguments) != NULL, "consume");
  unsigned long long bytes = 0;
  for (long i = 1; i <= count; i++) {
    amqp_envelope_t envelope;
    amqp_maybe_release_buffers(connection);
    need(amqp_consume_message(connection, &envelope, NULL, 0).reply_type == AMQP_RESPONSE_NORMAL, "message");
    bytes += envelope.message.body.len;
    if (i % batch == 0 || i == count) amqp_basic_ack(connection, 1, envelope.delivery_tag, 1);
    amqp_destroy_envelope(&envelope);
  }
  double seconds = wall() - wall_before, busy = cpu() - cpu_before;
  printf("c     %8ld messages %7.3f s %8.0f /s %6.2f us\n", count, seconds, count / seconds, busy / count * 1e6);
}

int main(int argc, char **argv) {
  need(argc >= 4, "usage: see the first lines of drain.c; it");
  amqp_connection_state_t connection = connect_to(atoi(argv[2]));
  amqp_bytes_t queue = amqp_cstring_bytes(argv[3]);
  if (!strcmp(argv[1], "fill") && argc == 7)
    fill(connection, queue, atol(argv[4]), atol(argv[5]), !strcmp(argv[6], "stream"));
  else if (!strcmp(argv[1], "drain") && argc == 6)
    drain(connection, queue, atol(argv[4]), !strcmp(argv[5], "stream"));
  else if (!strcmp(argv[1], "delete"))
    amqp_queue_delete(connection, 1, queue, 0, 0);
  amqp_connection_close(connection, 200);
  amqp_destroy_connection(connection);
  return 0;
}
