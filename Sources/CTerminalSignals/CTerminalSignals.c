#define _GNU_SOURCE
#include "CTerminalSignals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <wchar.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static char restore_bytes[512];
static size_t restore_length;
static struct termios saved_modes;
static volatile sig_atomic_t armed_fd = -1;
static int have_modes;
static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE};
enum { crash_signal_count = sizeof crash_signals / sizeof crash_signals[0] };
static struct sigaction previous[crash_signal_count];
static int installed;

/* Only async-signal-safe calls: write, tcsetattr, sigaction. Returning runs the faulting instruction again, now with
   the previous action, so Swift's own crash report follows on the restored screen. */
static void on_crash(int number) {
    int fd = armed_fd;
    if (fd >= 0) {
        armed_fd = -1;
        ssize_t ignored = write(fd, restore_bytes, restore_length);
        (void)ignored;
        if (have_modes) tcsetattr(fd, TCSANOW, &saved_modes);
    }
    for (int i = 0; i < crash_signal_count; i++)
        if (crash_signals[i] == number) sigaction(number, &previous[i], NULL);
}

void planetop_crash_guard_arm(int fd, const char *restore, size_t length) {
    restore_length = length < sizeof restore_bytes ? length : sizeof restore_bytes;
    memcpy(restore_bytes, restore, restore_length);
    have_modes = tcgetattr(fd, &saved_modes) == 0;
    if (!installed) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = on_crash;
        sigemptyset(&action.sa_mask);
        for (int i = 0; i < crash_signal_count; i++) sigaction(crash_signals[i], &action, &previous[i]);
        installed = 1;
    }
    armed_fd = fd;
}

void planetop_crash_guard_disarm(void) { armed_fd = -1; }

static void fill(sigset_t *mask) {
    static const int handled[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
    sigemptyset(mask);
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++) sigaddset(mask, handled[i]);
}

void planetop_block_signals(void) {
    sigset_t mask;
    fill(&mask);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* A recording that reaches a limit fails like one on a full disk. */
    signal(SIGXFSZ, SIG_IGN);
}

int planetop_signal_descriptor(void) {
    sigset_t mask;
    fill(&mask);
    return signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
}

int planetop_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    return read(descriptor, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int planetop_wake_descriptor(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int planetop_character_width(int character) { return wcwidth((wchar_t)character); }
