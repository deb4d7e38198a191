#ifndef PLANETOP_TERMINAL_SIGNALS_H
#define PLANETOP_TERMINAL_SIGNALS_H
#include <stddef.h>

/* Remembers how to give the terminal back when the program crashes (SEGV, BUS, ILL, TRAP, ABRT, FPE): `restore` is
   written to `fd` as it is, then the terminal modes that `fd` has now are set again. Call before changing the modes. */
void planetop_crash_guard_arm(int fd, const char *restore, size_t length);
/* Forgets it: the terminal has been restored in the ordinary way. */
void planetop_crash_guard_disarm(void);
#endif
