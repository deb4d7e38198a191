#ifndef PLANETOP_NCURSES_SHIM_H
#define PLANETOP_NCURSES_SHIM_H
#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif
#include <locale.h>
#include <langinfo.h>
#include <ncurses.h>
#include <term.h>
/* Cast macros do not import into Swift: give the attributes names of their own. */
static const attr_t NC_NORMAL = A_NORMAL;
static const attr_t NC_BOLD = A_BOLD;
static const attr_t NC_DIM = A_DIM;
static const attr_t NC_REVERSE = A_REVERSE;
static const attr_t NC_UNDERLINE = A_UNDERLINE;
static const attr_t NC_ITALIC = A_ITALIC;
#endif
