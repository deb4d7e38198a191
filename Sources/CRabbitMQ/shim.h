// What Swift cannot import from librabbitmq and OpenSSL by itself: variadic calls, macros, and the few
// OpenSSL hooks that make librabbitmq's TLS say why it failed. OpenSSL's headers come with librabbitmq-dev.
#ifndef PLANETOP_RABBITMQ_SHIM_H
#define PLANETOP_RABBITMQ_SHIM_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <amqp_ssl_socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

// ---- login: variadic in the library

static inline amqp_rpc_reply_t planetop_login_plain(
    amqp_connection_state_t state, const char *vhost, int frame_max, int heartbeat,
    const amqp_table_t *properties, const char *user, const char *password) {
  return amqp_login_with_properties(state, vhost, 0, frame_max, heartbeat, properties,
                                    AMQP_SASL_METHOD_PLAIN, user, password);
}

// The identity must not be empty: librabbitmq 0.11 then reports "no memory".
static inline amqp_rpc_reply_t planetop_login_external(
    amqp_connection_state_t state, const char *vhost, int frame_max, int heartbeat,
    const amqp_table_t *properties, const char *identity) {
  return amqp_login_with_properties(state, vhost, 0, frame_max, heartbeat, properties,
                                    AMQP_SASL_METHOD_EXTERNAL, identity);
}

// ---- descriptors and threads

static inline int planetop_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// Ends a connection whose sent data stays unacknowledged, and probes an idle one.
static inline void planetop_bound_silence(int descriptor, unsigned int user_timeout_ms) {
  int idle = 10, interval = 5, count = 3;
  setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

// The system's tools show at most 15 bytes of it.
static inline void planetop_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// ---- TLS

// One connection's TLS wishes and what its verification found; lives as long as the connection.
typedef struct planetop_tls_record {
  int verify_error;         // X509_V_…; 0 while nothing is wrong
  int verify_depth;         // 0: the broker's own certificate
  int sends_server_name;    // 0: the peer is an IP address, which must not be sent as a server name
  const char *server_name;  // NUL-terminated, owned by the caller
} planetop_tls_record;

static inline int planetop_tls_verify(int accepted, X509_STORE_CTX *store) {
  SSL *ssl = (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  planetop_tls_record *record = ssl ? (planetop_tls_record *)SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) : NULL;
  if (!accepted && record && record->verify_error == 0) {
    record->verify_error = X509_STORE_CTX_get_error(store);
    record->verify_depth = X509_STORE_CTX_get_error_depth(store);
  }
  return accepted;
}

// librabbitmq announces the host that it connects to; here the wished name replaces it just before the hello.
static inline void planetop_tls_info(const SSL *ssl, int where, int result) {
  (void)result;
  if (!(where & SSL_CB_HANDSHAKE_START)) return;
  planetop_tls_record *record = (planetop_tls_record *)SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  if (record)
    SSL_set_tlsext_host_name((SSL *)ssl, record->sends_server_name ? record->server_name : NULL);
}

// Verifies the peer's chain and name inside OpenSSL, which knows IP addresses in certificates, as librabbitmq
// does not. Returns 1, or 0 when OpenSSL refuses the name.
static inline int planetop_tls_require_peer(amqp_socket_t *socket, planetop_tls_record *record, int is_address) {
  SSL_CTX *context = (SSL_CTX *)amqp_ssl_socket_get_context(socket);
  X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(context);
  int accepted = is_address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, record->server_name)
                            : X509_VERIFY_PARAM_set1_host(parameters, record->server_name, 0);
  SSL_CTX_set_app_data(context, (char *)record);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, planetop_tls_verify);
  SSL_CTX_set_info_callback(context, planetop_tls_info);
  return accepted == 1;
}

static inline void planetop_tls_skip_peer(amqp_socket_t *socket, planetop_tls_record *record) {
  SSL_CTX *context = (SSL_CTX *)amqp_ssl_socket_get_context(socket);
  SSL_CTX_set_app_data(context, (char *)record);
  SSL_CTX_set_info_callback(context, planetop_tls_info);
}

static inline int planetop_tls_use_system_authorities(amqp_socket_t *socket) {
  return SSL_CTX_set_default_verify_paths((SSL_CTX *)amqp_ssl_socket_get_context(socket));
}

static inline const char *planetop_tls_verify_text(int error) { return X509_verify_cert_error_string(error); }

// The reason of this thread's newest OpenSSL error, or NULL.
static inline const char *planetop_tls_newest_reason(void) {
  unsigned long error = ERR_peek_last_error();
  return error ? ERR_reason_error_string(error) : NULL;
}

static inline void planetop_tls_forget_errors(void) { ERR_clear_error(); }

#endif
