#ifndef PLANETOP_CURL_SHIM_H
#define PLANETOP_CURL_SHIM_H
#include <curl/curl.h>
/* curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import. */
static inline CURLcode planetop_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode planetop_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode planetop_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
typedef size_t (*planetop_curl_write)(char *, size_t, size_t, void *);
static inline CURLcode planetop_curl_set_write(CURL *handle, CURLoption option, planetop_curl_write value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode planetop_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
#endif
