#include "daemon/ctl/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

void terminal_begin(void) {
        if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
                (void) setlocale(LC_CTYPE, "C.UTF-8");
}

bool terminal_is(int fd) {
        return isatty(fd) == 1;
}

bool terminal_has_colours(int fd) {
        const char *no_color = getenv("NO_COLOR"); /* no-color.org */
        const char *term = getenv("TERM");

        return terminal_is(fd) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

unsigned terminal_width(int fd) {
        struct winsize size;

        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
                return size.ws_col;
        return 80;
}

int64_t terminal_now(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}
