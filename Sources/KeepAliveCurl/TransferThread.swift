import CKeepAliveCurl
import KeepAlivePlatform

/// The thread that a client's transfers run on.
///
/// The thread owns all of its libcurl state and cleans it up as its last act; this type starts it.
enum TransferThread {
    /// The system's name for the thread; Linux allows 15 bytes.
    static let name = "http-client"

    // libcurl requires this once, before any other call (curl_global_init(3)); a static guarantees it.
    private static let globalInit = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    /// Starts a thread that reads the mailbox until it is closed.
    ///
    /// Throws `other` when libcurl cannot be set up or the system refuses a thread.
    static func start(_ settings: ClientSettings, _ mailbox: Mailbox) throws(HTTPClientError) {
        guard globalInit == CURLE_OK else {
            throw HTTPClientError(kind: .other(code: globalInit.code), message: globalInit.words)
        }
        do throws(Errno) {
            try OSThread.start(name: name, takesSignals: false) {
                serve(settings, mailbox)
                // The thread is never joined: closing must not block, and the mailbox reports when all is cleaned up.
                mailbox.end()
            }
        } catch {
            throw HTTPClientError(
                kind: .other(code: error.code), words: "no thread could be started", shortage: error.code)
        }
    }

    /// When it returns, no libcurl state is left.
    private static func serve(_ settings: ClientSettings, _ mailbox: Mailbox) {
        guard let multi = MultiHandle(idleConnections: settings.idleConnections) else {
            for case .start(let waiter, _, _) in mailbox.beginEnd() {
                waiter.fail(HTTPClientError(multiCode: CURLM_OUT_OF_MEMORY))
            }
            return
        }
        // A handle without wake-ups works too, more slowly; the loop replaces it later.
        mailbox.listen(by: multi.waker)
        TransferLoop(multi, mailbox, settings).run()
    }
}
