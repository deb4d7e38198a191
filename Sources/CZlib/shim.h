#ifndef PLANETOP_ZLIB_SHIM_H
#define PLANETOP_ZLIB_SHIM_H
#include <zlib.h>

/* The functions behind these are macros that hand over the library's version. */
static inline int planetop_inflate_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
static inline int planetop_deflate_gzip(z_stream *stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
#endif
