#ifndef KEEPALIVEKIT_CCURL_SHIM_H
#define KEEPALIVEKIT_CCURL_SHIM_H

#include <curl/curl.h>
#include <fcntl.h>
#if defined(__linux__)
#include <sys/prctl.h>
#else
#include <pthread.h>
#endif

// Swift cannot call variadic C functions; each wrapper fixes the type of the argument. The parentheses keep macros of
// the same name, which curl.h defines for C, out of the way.

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_bytes(CURL *easy, CURLoption option, const void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
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

/// Marks a new socket as closed on exec.
static inline int ccurl_close_on_exec(void *unused, curl_socket_t socket, curlsocktype purpose) {
    (void)unused;
    (void)purpose;
    (void)fcntl(socket, F_SETFD, FD_CLOEXEC);
    return CURL_SOCKOPT_OK;
}

/// Keeps connections from programs that this one starts, where they would stay open (CURLOPT_SOCKOPTFUNCTION).
static inline CURLcode ccurl_keep_sockets_from_children(CURL *easy) {
    return (curl_easy_setopt)(easy, CURLOPT_SOCKOPTFUNCTION, ccurl_close_on_exec);
}

/// Names the calling thread, as the threads of a process are listed. Glibc shows Swift no function for it.
static inline void ccurl_name_this_thread(const char *name) {
#if defined(__linux__)
    (void)prctl(PR_SET_NAME, name, 0L, 0L, 0L);
#else
    (void)pthread_setname_np(name);
#endif
}

#endif
