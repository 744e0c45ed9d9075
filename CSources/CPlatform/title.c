// The process's title: the kernel shows as the command line whatever stands where the arguments did, and goes on into
// the environment behind them. So that one moves, and the space of both is the title's. See service.h.
#define _GNU_SOURCE
#include "service.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *area;  // once the environment has moved
static size_t area_bytes;

/// Copies the environment, and what the C library keeps of the arguments, to where nobody overwrites them.
static int move_away(void) {
    size_t count = 0;
    while (environ && environ[count]) count++;
    char **moved = calloc(count + 1, sizeof *moved);
    if (!moved) return ENOMEM;
    for (size_t i = 0; i < count; i++)
        if (!(moved[i] = strdup(environ[i]))) return ENOMEM;
    char *name = strdup(program_invocation_name), *short_name = strdup(program_invocation_short_name);
    if (!name || !short_name) return ENOMEM;
    environ = moved;
    program_invocation_name = name;
    program_invocation_short_name = short_name;
    return 0;
}

/// Asks the kernel where the arguments and the environment are: the 48th to the 51st figure of the process's line.
static void find_area(void) {
    enum { LINE_BYTES_MAX = 2048, FIGURE_OF_ARGUMENTS = 48, STATE = 3 };
    char line[LINE_BYTES_MAX];
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file) return;
    char *at = fgets(line, sizeof line, file);
    fclose(file);
    // The second figure, the program's name, may hold anything, but no parenthesis comes after it.
    if (!at || !(at = strrchr(line, ')'))) return;
    for (int figure = STATE - 1; figure < FIGURE_OF_ARGUMENTS; figure++)
        if (!(at = strchr(at + 1, ' '))) return;
    unsigned long long start, end, environment_start, environment_end;
    if (sscanf(at, "%llu %llu %llu %llu", &start, &end, &environment_start, &environment_end) != 4) return;
    if (!start || end <= start || move_away() != 0) return;
    area_bytes = (environment_start == end && environment_end > end ? environment_end : end) - start;
    area = (char *)(uintptr_t)start;
}

void apus_process_set_title(const char *title) {
    if (!area) find_area();
    if (!area) return;
    size_t count = strlen(title);
    if (count >= area_bytes) count = area_bytes - 1;
    memcpy(area, title, count);
    memset(area + count, 0, area_bytes - count);
}
