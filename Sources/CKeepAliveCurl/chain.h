#ifndef KEEPALIVEKIT_CCURL_CHAIN_H
#define KEEPALIVEKIT_CCURL_CHAIN_H

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

// The chain by which a peer's certificate was verified, and what was wrong with it. libcurl shows only what the peer has sent:
// without the authority, and with certificates that nobody needed. OpenSSL tells a callback of each certificate of the chain.
// Its few functions are looked up in the library that libcurl has loaded, so that nothing has to be installed or linked for it;
// where libcurl is built on another library they stay unused.

/// What was seen of a chain; to be zeroed before.
struct ccurl_chain {
    /// How many certificates were verified.
    int count;
    /// The earliest end, in seconds since 1970, and whose it is; depth 0 is the peer itself.
    int64_t end;
    int end_depth;
    char end_subject[256];
    /// The first fault: OpenSSL's number (x509_vfy.h), 0 without one.
    int fault;
    int fault_depth;
    char fault_subject[256];
};

struct ccurl_openssl {
    int (*get_verify_mode)(const void *context);
    void (*set_verify)(void *context, int mode, int (*callback)(int, void *));
    int (*set_context_data)(void *context, int index, void *data);
    void *(*get_context_data)(const void *context, int index);
    int (*get_index)(void);
    void *(*get_store_data)(const void *store, int index);
    void *(*get_context)(const void *ssl);
    void *(*get_certificate)(const void *store);
    int (*get_error)(const void *store);
    int (*get_depth)(const void *store);
    const void *(*get_end)(const void *certificate);
    int (*get_time)(const void *asn1, struct tm *time);
    void *(*get_subject)(const void *certificate);
    char *(*write_name)(const void *name, char *buffer, int size);
};

static inline void *ccurl_symbol(const char *name, int *missing) {
    void *symbol = dlsym(RTLD_DEFAULT, name);
    if (!symbol) *missing = 1;
    return symbol;
}

/// Fills the table; 0 where a function is missing.
static inline int ccurl_find_openssl(struct ccurl_openssl *to) {
    int missing = 0;
    // A function pointer from dlsym(3), as POSIX has it.
    *(void **)&to->get_verify_mode = ccurl_symbol("SSL_CTX_get_verify_mode", &missing);
    *(void **)&to->set_verify = ccurl_symbol("SSL_CTX_set_verify", &missing);
    *(void **)&to->set_context_data = ccurl_symbol("SSL_CTX_set_ex_data", &missing);
    *(void **)&to->get_context_data = ccurl_symbol("SSL_CTX_get_ex_data", &missing);
    *(void **)&to->get_index = ccurl_symbol("SSL_get_ex_data_X509_STORE_CTX_idx", &missing);
    *(void **)&to->get_store_data = ccurl_symbol("X509_STORE_CTX_get_ex_data", &missing);
    *(void **)&to->get_context = ccurl_symbol("SSL_get_SSL_CTX", &missing);
    *(void **)&to->get_certificate = ccurl_symbol("X509_STORE_CTX_get_current_cert", &missing);
    *(void **)&to->get_error = ccurl_symbol("X509_STORE_CTX_get_error", &missing);
    *(void **)&to->get_depth = ccurl_symbol("X509_STORE_CTX_get_error_depth", &missing);
    *(void **)&to->get_end = ccurl_symbol("X509_get0_notAfter", &missing);
    *(void **)&to->get_time = ccurl_symbol("ASN1_TIME_to_tm", &missing);
    *(void **)&to->get_subject = ccurl_symbol("X509_get_subject_name", &missing);
    *(void **)&to->write_name = ccurl_symbol("X509_NAME_oneline", &missing);
    return !missing;
}

/// OpenSSL calls this for each certificate, from the authority to the peer, and for each fault (SSL_CTX_set_verify(3)).
static inline int ccurl_note_certificate(int is_good, void *store) {
    struct ccurl_openssl openssl;
    if (!ccurl_find_openssl(&openssl)) return is_good;
    void *ssl = openssl.get_store_data(store, openssl.get_index());
    // Index 0 is the application's own (SSL_CTX_set_app_data).
    struct ccurl_chain *chain = ssl ? openssl.get_context_data(openssl.get_context(ssl), 0) : NULL;
    void *certificate = openssl.get_certificate(store);
    if (!chain || !certificate) return is_good;
    int depth = openssl.get_depth(store);
    if (!is_good) {
        if (!chain->fault) {
            chain->fault = openssl.get_error(store);
            chain->fault_depth = depth;
            (void)openssl.write_name(openssl.get_subject(certificate), chain->fault_subject, sizeof chain->fault_subject);
        }
        return is_good;
    }
    struct tm fields;
    memset(&fields, 0, sizeof fields);
    if (openssl.get_time(openssl.get_end(certificate), &fields) != 1) return is_good;
    int64_t end = (int64_t)timegm(&fields);
    if (chain->count == 0 || end <= chain->end) {
        chain->end = end;
        chain->end_depth = depth;
        (void)openssl.write_name(openssl.get_subject(certificate), chain->end_subject, sizeof chain->end_subject);
    }
    chain->count++;
    return is_good;
}

static inline CURLcode ccurl_prepare_context(CURL *easy, void *context, void *chain) {
    struct ccurl_openssl openssl;
    (void)easy;
    if (ccurl_find_openssl(&openssl) && openssl.set_context_data(context, 0, chain))
        openssl.set_verify(context, openssl.get_verify_mode(context), ccurl_note_certificate);
    return CURLE_OK;
}

/// Has the chain noted; it must live as long as the connection. Does nothing where libcurl has no OpenSSL.
static inline void ccurl_note_chain(CURL *easy, struct ccurl_chain *chain) {
    const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
    if (!version || !version->ssl_version || strncmp(version->ssl_version, "OpenSSL/", 8) != 0) return;
    if ((curl_easy_setopt)(easy, CURLOPT_SSL_CTX_FUNCTION, ccurl_prepare_context) == CURLE_OK)
        (void)(curl_easy_setopt)(easy, CURLOPT_SSL_CTX_DATA, (void *)chain);
}

#endif
