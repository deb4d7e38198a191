#ifndef PLANETOP_ZSTD_SHIM_H
#define PLANETOP_ZSTD_SHIM_H
#include <zstd.h>
#include <zstd_errors.h>
#endif
