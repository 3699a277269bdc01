#ifndef KEEPALIVEKIT_CPOSTGRESQL_SHIM_H
#define KEEPALIVEKIT_CPOSTGRESQL_SHIM_H

#include <libpq-fe.h>

#if !defined(LIBPQ_HAS_PIPELINING)
#error "KeepAlivePostgreSQL needs libpq 14 or newer: several statements leave in one round trip (pipeline mode)"
#endif

// The fields of an error; the macros are characters, which Swift imports as another type than the functions take.
static const int cpostgresql_sqlstate = PG_DIAG_SQLSTATE;
static const int cpostgresql_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int cpostgresql_primary = PG_DIAG_MESSAGE_PRIMARY;

#endif
