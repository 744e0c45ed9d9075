// Congestion control between processes of one machine.
//
// Some algorithms (BBR) pace: the kernel spreads a connection's segments over time, with a timer for each. That is for
// networks. Where it is the system's default, listeners use the plainest one, connections from elsewhere get the
// default back, and those within the machine are spared the timers. Other defaults are left alone.
#pragma once
#include <stdbool.h>

/// Before `listen`: connections begin without pacing.
void congestion_of_listener(int fd);
/// Before `connect`: the same, whatever the system's default.
void congestion_of_client(int fd);
/// Settles an accepted TCP socket's algorithm. Whether the kernel paces it.
bool congestion_of_accepted(int fd);
