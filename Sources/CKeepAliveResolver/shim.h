#ifndef KEEPALIVEKIT_CRESOLVER_SHIM_H
#define KEEPALIVEKIT_CRESOLVER_SHIM_H

#include <sys/types.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <stdint.h>
#include <string.h>

// resolver(3) is made of macros, and its types of unions: no module of Swift has them.

/// Writes a question with a random number; returns its length, negative for a name that cannot be asked for.
static inline int ckeepalive_dns_question(const char *name, int type, uint8_t *buffer, int size) {
    return res_mkquery(ns_o_query, name, ns_c_in, type, NULL, 0, NULL, buffer, size);
}

/// Returns how many records answer; negative if this is no message.
static inline int ckeepalive_dns_answers(const uint8_t *message, int size) {
    ns_msg handle;
    if (ns_initparse(message, size, &handle) != 0) return -1;
    return ns_msg_count(handle, ns_s_an);
}

struct ckeepalive_dns_record {
    int type;
    int is_internet;
    int offset;
    int length;
};

/// Finds a record of the answer and its data within the message, and writes its owner as text; returns 0, negative if
/// there is none.
static inline int ckeepalive_dns_record(const uint8_t *message, int size, int index,
                                        struct ckeepalive_dns_record *found, char *owner, int room) {
    ns_msg handle;
    ns_rr record;
    if (ns_initparse(message, size, &handle) != 0) return -1;
    if (ns_parserr(&handle, ns_s_an, index, &record) != 0) return -1;
    size_t length = strlen(ns_rr_name(record));
    if (room < 0 || length >= (size_t)room) return -1;
    memcpy(owner, ns_rr_name(record), length + 1);
    found->type = ns_rr_type(record);
    found->is_internet = ns_rr_class(record) == ns_c_in;
    found->offset = (int)(ns_rr_rdata(record) - message);
    found->length = ns_rr_rdlen(record);
    return 0;
}

/// Writes the name that begins at an offset as text; returns its length within the message, negative if it is broken.
static inline int ckeepalive_dns_name(const uint8_t *message, int size, int offset, char *text, int room) {
    if (offset < 0 || offset >= size) return -1;
    return dn_expand(message, message + size, message + offset, text, room);
}

#endif
