/* SPDX-License-Identifier: Apache-2.0 */
/* The log channel of a component to the console, over its interface "logger". */
#ifndef CANTRIP_LOG_H
#define CANTRIP_LOG_H

/* Levels of the Rust crate log. */
enum cantrip_log_level {
    CANTRIP_LOG_ERROR = 1,
    CANTRIP_LOG_WARN = 2,
    CANTRIP_LOG_INFO = 3,
    CANTRIP_LOG_DEBUG = 4,
    CANTRIP_LOG_TRACE = 5,
};

/*
 * Logs "target::text": returns when the console has printed it. Text beyond 2044 bytes is cut, and ends in "...". That
 * a record cannot be delivered is not an error. Any thread may call it.
 */
void cantrip_log(enum cantrip_log_level level, const char *target, const char *text);

#endif
