#ifndef PLANETOP_CRE2_H
#define PLANETOP_CRE2_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

/* A compiled RE2 program. Safe to use from several threads at once. */
typedef struct planetop_re2 planetop_re2;

/* Compiles `pattern`; `dot_matches_newline` as Prometheus asks for. Never returns NULL: see planetop_re2_error. */
planetop_re2 *planetop_re2_new(const char *pattern, size_t length, int dot_matches_newline, long long max_memory);
void planetop_re2_free(planetop_re2 *re);
/* NULL when the pattern compiled, else a message that lives as long as `re`. */
const char *planetop_re2_error(const planetop_re2 *re);
int planetop_re2_group_count(const planetop_re2 *re);
/* The name of capture group `index` (1-based), or NULL. Lives as long as `re`. */
const char *planetop_re2_group_name(const planetop_re2 *re, int index);
/* 1 when the whole of `text` matches. */
int planetop_re2_full_match(const planetop_re2 *re, const char *text, size_t length);
/* Leftmost match at or after `start`; when `anchored`, the whole text must match. Fills `count` pairs of [begin, end) byte
   offsets (group 0 first), -1 for a group that did not take part. 1 when it matched. */
int planetop_re2_match(const planetop_re2 *re, const char *text, size_t length, size_t start, int anchored,
                       long *offsets, int count);
#ifdef __cplusplus
}
#endif
#endif
