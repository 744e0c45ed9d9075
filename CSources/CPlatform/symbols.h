// The names of the program's own functions, static ones too, for crash reports.
//
// The dynamic linker knows exported functions only; the rest stand in the program file's symbol table, which nothing
// maps while all is well. Async-signal-safe but for `symbols_start`: it maps the file, and allocates nothing.
// A stripped program has no names; its frames are then told as addresses.
#pragma once
#include <stdint.h>

/// Remembers where the program lies in memory. Once, before any of the below.
void symbols_start(void);

/// Maps the program's symbol table. Costs nothing before it is called; the map stays, since the process is to end.
void symbols_open(void);

/// The function of the program that the code at `address` belongs to, and how far into it that is; NULL if unknown.
const char *_Nullable symbols_name(uint64_t address, uint64_t *_Nonnull offset);
