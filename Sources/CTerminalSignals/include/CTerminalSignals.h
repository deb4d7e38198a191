#ifndef PLANETOP_TERMINAL_SIGNALS_H
#define PLANETOP_TERMINAL_SIGNALS_H
#include <stddef.h>

/* Remembers how to give the terminal back when the program crashes (SEGV, BUS, ILL, TRAP, ABRT, FPE): `restore` is
   written to `fd` as it is, then the terminal modes that `fd` has now are set again. Call before changing the modes. */
void planetop_crash_guard_arm(int fd, const char *restore, size_t length);
/* Forgets it: the terminal has been restored in the ordinary way. */
void planetop_crash_guard_disarm(void);

/* A non-blocking descriptor that reads the signals of the program's life: INT TERM HUP QUIT TSTP CONT WINCH. */
int planetop_signal_descriptor(void);
/* Blocks those signals for this thread and all that it starts; ignores PIPE. */
void planetop_block_signals(void);
/* The next signal that arrived, 0 when there is none. */
int planetop_next_signal(int descriptor);
/* A non-blocking event counter. */
int planetop_wake_descriptor(void);
/* Columns that the C library gives to a character, -1 for one that cannot be drawn. */
int planetop_character_width(int character);
#endif
