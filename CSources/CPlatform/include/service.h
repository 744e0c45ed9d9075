// What a service manager and an administrator ask of a process beside its work: to go on in the background, to tell
// when it is ready, to have a title, to log to the system, to keep to some processors.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Goes on in a child, in a session of its own, whose standard descriptors lead to nowhere. The calling process does
/// not return: it ends with status 0 once the child says that it is ready, and with the child's status (1, if a signal
/// killed it) if that ends before. Returns the descriptor for apus_daemon_ready in the child; minus an errno, and then
/// in the caller, if there can be no child. Of the caller's threads the child has none but the calling one.
int apus_daemon_start(void);

/// Lets the waiting parent end.
void apus_daemon_ready(int descriptor);

/// Tells the service manager that listens at the socket NOTIFY_SOCKET about a state, such as "READY=1", as
/// sd_notify(3) describes. Returns 0 or an errno; ENOENT if the variable is not set.
int apus_notify_service_manager(const char *_Nonnull state);

/// Shows `title` where ps(1) shows the command line: as much of it as fits the space of the arguments and of the
/// environment, which the first call moves elsewhere. Not while another thread reads the environment for that one.
void apus_process_set_title(const char *_Nonnull title);

/// Opens the system's log for a name, which has to live on, and one of LOG_USER, LOG_LOCAL0 and so on.
void apus_system_log_open(const char *_Nonnull name, int facility);

/// Writes a line there, with a priority such as LOG_NOTICE.
void apus_system_log_write(int priority, const char *_Nonnull text);

/// Keeps the calling thread, and those that it starts from then on, to the processors of these numbers. Returns 0 or
/// an errno.
int apus_keep_to_processors(const uint32_t *_Nonnull numbers, size_t count);

/// Asks the kernel for no transparent huge pages in this process. Returns 0 or an errno.
int apus_refuse_huge_pages(void);

/// The number of a group of users; minus an errno, ENOENT if there is no such group.
int64_t apus_group_id(const char *_Nonnull name);
