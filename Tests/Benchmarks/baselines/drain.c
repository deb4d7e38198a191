// What a plain C program over librabbitmq needs to empty a queue: the measure for planetop's consumer.
//   cc -O2 -o drain drain.c -lrabbitmq
//   drain fill  PORT QUEUE COUNT BODIES classic|stream   declare, purge and fill a queue with the messages of the file
//                                                        BODIES, which `amqp-bench bodies` writes
//   drain drain PORT QUEUE COUNT classic|stream          consume COUNT messages, acknowledge in batches
//   drain delete PORT QUEUE
// Prints: count, wall seconds, messages per second, microseconds of CPU per message, all from before it connects.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <ctype.h>
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

// A message as the file has it, and where the numbers stand that change from message to message.
typedef struct {
  char *key, *body, *plane;
  size_t length;
  int place, of, times, values;
  char *time_at[20], *value_at[20], *sequence_at, *id_at;
} template_t;

static template_t *templates;
static long template_count;

static char *after(char *text, const char *mark) {
  char *found = strstr(text, mark);
  need(found != NULL, "reading the bodies");
  return found + strlen(mark);
}

static void read_templates(const char *path) {
  FILE *file = fopen(path, "r");
  need(file != NULL, "opening the bodies");
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, file) > 0) {
    templates = realloc(templates, (template_count + 1) * sizeof *templates);
    template_t *one = memset(&templates[template_count++], 0, sizeof *templates);
    char *rest = strdup(line);
    one->key = strsep(&rest, "\t");
    one->place = atoi(strsep(&rest, "\t"));
    one->of = atoi(strsep(&rest, "\t"));
    one->body = strsep(&rest, "\n");
    one->length = strlen(one->body);
    // metrics.TENANT.PLANE.…: the header is TENANT.PLANE.
    one->plane = strdup(strchr(one->key, '.') + 1);
    *strchr(strchr(one->plane, '.') + 1, '.') = 0;
    for (char *at = one->body; (at = strstr(at, "1700000000000")) != NULL && one->times < 20; at += 13)
      one->time_at[one->times++] = at;
    for (char *at = one->body; (at = strstr(at, "777777")) != NULL && one->values < 20; at += 6)
      one->value_at[one->values++] = at;
    one->sequence_at = after(one->body, "\"seq\":");
    one->id_at = after(one->body, "\"id\":\"");
    need(one->times == 9 && one->values == 4 && isdigit(one->sequence_at[9]), "reading the bodies");
  }
  free(line);
  fclose(file);
  need(template_count > 0, "reading the bodies");
}

static void put(char *at, int width, unsigned long long number) {
  while (width > 0) at[--width] = '0' + number % 10, number /= 10;
}

// Round after round of all messages, every 15 s of their own time, the last one now.
static char *next_body(template_t *one, long number, unsigned long long first, const char *id, unsigned long long *seconds) {
  long round = number / template_count;
  unsigned long long at = first + 15000ull * round + number % template_count * 15000 / template_count;
  *seconds = at / 1000;
  for (int i = 0; i < one->times; i++) put(one->time_at[i], 13, at);
  for (int i = 0; i < one->values; i++) put(one->value_at[i], 6, 100000 + (number * 7919ull + round * round * 31 * (i + 1)) % 900000);
  put(one->sequence_at, 10, 1000000000ull + round * one->of + one->place);
  memcpy(one->id_at, id, 36);
  return one->body;
}

static void fill(amqp_connection_state_t connection, amqp_bytes_t queue, long count, const char *bodies, int stream) {
  read_templates(bodies);
  amqp_table_entry_t entry = text_entry("x-queue-type", stream ? "stream" : "classic");
  amqp_table_t arguments = {1, &entry};
  amqp_bytes_t exchange = amqp_cstring_bytes("metrics-bench");
  need(amqp_queue_declare(connection, 1, queue, 0, 1, 0, 0, arguments) != NULL, "declare");
  if (!stream) need(amqp_queue_purge(connection, 1, queue) != NULL, "purge");
  need(amqp_exchange_declare(connection, 1, exchange, amqp_cstring_bytes("topic"), 0, 0, 0, 0, amqp_empty_table) != NULL,
       "exchange.declare");
  need(amqp_queue_bind(connection, 1, queue, exchange, amqp_cstring_bytes("metrics.#"), amqp_empty_table) != NULL, "bind");
  need(amqp_confirm_select(connection, 1) != NULL, "confirm.select");
  char id[48];
  amqp_basic_properties_t properties = {0};
  properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                      AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG |
                      AMQP_BASIC_HEADERS_FLAG;
  properties.content_type = amqp_cstring_bytes("application/json");
  properties.delivery_mode = 1;
  properties.type = amqp_cstring_bytes("planetop.metrics.v1");
  properties.app_id = amqp_cstring_bytes("planetop-collect/1.0.0");
  long confirmed = 0;
  unsigned long long first = time(NULL) * 1000ull - 15000ull * (count / template_count + 1);
  for (long i = 0; i < count; i++) {
    template_t *one = &templates[i % template_count];
    unsigned long long seconds;
    snprintf(id, sizeof id, "01930000-0000-7000-8000-%012ld", i);
    amqp_bytes_t message = {one->length, next_body(one, i, first, id, &seconds)};
    amqp_table_entry_t header = text_entry("tenant-plane", one->plane);
    properties.message_id = amqp_cstring_bytes(id);
    properties.timestamp = seconds;
    properties.headers = (amqp_table_t){1, &header};
    need(amqp_basic_publish(connection, 1, exchange, amqp_cstring_bytes(one->key), 0, 0, &properties, message) == 0,
         "publish");
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
  // The broker confirms before a queue has all of it: a reader must find everything there.
  struct timespec moment = {1, 0};
  nanosleep(&moment, NULL);
}

static void drain(int port, amqp_bytes_t queue, long count, int stream) {
  double wall_before = wall(), cpu_before = cpu();
  amqp_connection_state_t connection = connect_to(port);
  int prefetch = stream ? 1000 : 256, batch = prefetch / 4;
  need(amqp_basic_qos(connection, 1, 0, prefetch, 0) != NULL, "qos");
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
  amqp_connection_close(connection, 200);
  amqp_destroy_connection(connection);
}

int main(int argc, char **argv) {
  need(argc >= 4, "usage: see the first lines of drain.c; it");
  amqp_bytes_t queue = amqp_cstring_bytes(argv[3]);
  if (!strcmp(argv[1], "drain") && argc == 6) {
    drain(atoi(argv[2]), queue, atol(argv[4]), !strcmp(argv[5], "stream"));
    return 0;
  }
  amqp_connection_state_t connection = connect_to(atoi(argv[2]));
  if (!strcmp(argv[1], "fill") && argc == 7)
    fill(connection, queue, atol(argv[4]), argv[5], !strcmp(argv[6], "stream"));
  else if (!strcmp(argv[1], "delete"))
    amqp_queue_delete(connection, 1, queue, 0, 0);
  amqp_connection_close(connection, 200);
  amqp_destroy_connection(connection);
  return 0;
}
