#ifndef KEEPALIVEKIT_CCURL_SHIM_H
#define KEEPALIVEKIT_CCURL_SHIM_H

#include "chain.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/socket.h>
#if !defined(__linux__)
#include <xlocale.h>
#endif

// Swift cannot call variadic C functions; each wrapper fixes the type of the argument. The parentheses keep macros of
// the same name, which curl.h defines for C, out of the way.

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_callback(CURL *easy, CURLoption option, curl_write_callback value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode ccurl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode ccurl_get_string(CURL *easy, CURLINFO info, char **value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode ccurl_get_list(CURL *easy, CURLINFO info, struct curl_slist **value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode ccurl_get_socket(CURL *easy, curl_socket_t *value) {
    return (curl_easy_getinfo)(easy, CURLINFO_ACTIVESOCKET, value);
}

static inline CURLcode ccurl_get_certificates(CURL *easy, struct curl_certinfo **value) {
    return (curl_easy_getinfo)(easy, CURLINFO_CERTINFO, value);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}

/// Allows http and https only. CURLOPT_PROTOCOLS is deprecated since 7.85.0, which brought its successor.
static inline CURLcode ccurl_allow_only_http(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return (curl_easy_setopt)(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return (curl_easy_setopt)(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/// Allows smtp and smtps only.
static inline CURLcode ccurl_allow_only_smtp(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return (curl_easy_setopt)(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
#else
    return (curl_easy_setopt)(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_SMTP | CURLPROTO_SMTPS));
#endif
}

/// Lets a message go to the recipients that the server takes (since 7.69.0; its name has lost an L in 8.2.0).
static inline CURLcode ccurl_allow_some_recipients_to_fail(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x080200
    return (curl_easy_setopt)(easy, CURLOPT_MAIL_RCPT_ALLOWFAILS, 1L);
#elif LIBCURL_VERSION_NUM >= 0x074500
    return (curl_easy_setopt)(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
#else
    (void)easy;
    return CURLE_OK;
#endif
}

/// Lets a transfer end without waiting for its name lookup (CURLOPT_QUICK_EXIT, since 7.87.0); older ones wait.
static inline CURLcode ccurl_do_not_wait_for_lookups(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    return (curl_easy_setopt)(easy, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)easy;
    return CURLE_OK;
#endif
}

/// Opens a socket that programs started by this one do not inherit, and keeps the errno of one that cannot be opened,
/// which libcurl forgets (CURLOPT_OPENSOCKETFUNCTION).
static inline curl_socket_t ccurl_open_socket(void *failure, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)purpose;
#if defined(SOCK_CLOEXEC)
    int opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
    int opened = socket(address->family, address->socktype, address->protocol);
#endif
    if (opened < 0) {
        *(int *)failure = errno;
        return CURL_SOCKET_BAD;
    }
    (void)fcntl(opened, F_SETFD, FD_CLOEXEC);
    return opened;
}

/// What is noted of one transfer, for as long as its handle is in use.
struct ccurl_notes {
    /// What libcurl itself says of a failure.
    char words[CURL_ERROR_SIZE];
    /// The errno of a socket that could not be opened.
    int socket_failure;
    /// Whether a mail server has been sent QUIT.
    int has_quit;
    struct ccurl_chain chain;
};

/// Has sockets opened as above, and failures noted.
static inline CURLcode ccurl_note_failures(CURL *easy, struct ccurl_notes *notes) {
    CURLcode code = (curl_easy_setopt)(easy, CURLOPT_ERRORBUFFER, notes->words);
    if (code == CURLE_OK) code = (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, ccurl_open_socket);
    return code != CURLE_OK ? code : (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETDATA, (void *)&notes->socket_failure);
}

/// Notes the command that ends a session with a mail server (CURLOPT_DEBUGFUNCTION).
static inline int ccurl_note_command(CURL *easy, curl_infotype type, char *bytes, size_t count, void *has_quit) {
    (void)easy;
    if (type == CURLINFO_HEADER_OUT && count == 6 && memcmp(bytes, "QUIT\r\n", 6) == 0) *(int *)has_quit = 1;
    return 0;
}

/// Has that command noted, and `is_over` asked each second whether libcurl shall give up, also while it waits
/// for a mail server's reply and blocks the thread (CURLOPT_XFERINFOFUNCTION).
static inline CURLcode ccurl_give_up_waiting(
    CURL *easy, struct ccurl_notes *notes, void *context, curl_xferinfo_callback is_over) {
    CURLcode code = (curl_easy_setopt)(easy, CURLOPT_DEBUGFUNCTION, ccurl_note_command);
    if (code == CURLE_OK) code = (curl_easy_setopt)(easy, CURLOPT_DEBUGDATA, (void *)&notes->has_quit);
    if (code == CURLE_OK) code = (curl_easy_setopt)(easy, CURLOPT_VERBOSE, 1L);
    if (code == CURLE_OK) code = (curl_easy_setopt)(easy, CURLOPT_XFERINFODATA, context);
    if (code == CURLE_OK) code = (curl_easy_setopt)(easy, CURLOPT_XFERINFOFUNCTION, is_over);
    return code != CURLE_OK ? code : (curl_easy_setopt)(easy, CURLOPT_NOPROGRESS, 0L);
}

/// The host of a URL as name servers know it, `xn--…` for letters beyond ASCII (CURLU_PUNYCODE, since 7.88.0). NULL where it
/// has none. To be freed with curl_free. libcurl's library for that reads the text in the encoding of the thread's locale.
static inline char *ccurl_ascii_host(const char *url) {
    char *host = NULL;
#if defined(CURLU_PUNYCODE)
    CURLU *handle = curl_url();
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    if (handle && curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK)
        (void)curl_url_get(handle, CURLUPART_HOST, &host, CURLU_PUNYCODE);
    if (utf8) {
        (void)uselocale(before);
        freelocale(utf8);
    }
    curl_url_cleanup(handle);
#else
    (void)url;
#endif
    return host;
}

#endif
