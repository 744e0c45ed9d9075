// Preloaded, writes what goes to the system's log to standard error: "system log: NAME FACILITY PRIORITY TEXT".
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

static const char *opened_name = "";
static int opened_facility;

void openlog(const char *name, int option, int facility) {
    (void)option;
    opened_name = name;
    opened_facility = facility;
}

void syslog(int priority, const char *format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "system log: %s %d %d %s\n", opened_name, opened_facility >> 3, priority, text);
}
