import CKeepAliveCurl
import KeepAlivePlatform

/// The thread that a client's transfers run on.
///
/// The thread owns everything of libcurl's that it uses and cleans it up as its last act; this type is how to start it.
enum TransferThread {
    /// The name that the system shows for the thread; Linux allows 15 bytes.
    static let name = "http-client"

    private final class Start {
        let multi: UnsafeMutableRawPointer
        let settings: ClientSettings
        let mailbox: Mailbox

        init(multi: UnsafeMutableRawPointer, settings: ClientSettings, mailbox: Mailbox) {
            self.multi = multi
            self.settings = settings
            self.mailbox = mailbox
        }
    }

    // libcurl wants this once, before anything else of it runs (curl_global_init(3)); a static does just that.
    private static let globalInit = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    /// Starts a thread and returns the mailbox it reads; it runs until that is closed.
    ///
    /// Throws `other` when libcurl cannot be set up or the system refuses a thread.
    static func start(_ settings: ClientSettings) throws(HTTPClientError) -> Mailbox {
        guard globalInit == CURLE_OK else {
            let words = HTTPClientError.words(for: globalInit)
            throw HTTPClientError(kind: .other(code: globalInit.code), message: words)
        }
        // One that cannot be woken works all the same, more slowly; the loop replaces it later.
        guard let multi = makeHandle(settings) ?? makeHandle(settings, canBeDeaf: true) else {
            throw HTTPClientError(multiCode: CURLM_OUT_OF_MEMORY)
        }
        let mailbox = Mailbox(multi: multi)
        let start = Unmanaged.passRetained(Start(multi: multi, settings: settings, mailbox: mailbox))
        let failure = createThread(start.toOpaque())
        guard failure == 0 else {
            start.release()
            _ = curl_multi_cleanup(multi)
            throw HTTPClientError(
                kind: .other(code: failure), words: "no thread could be started", shortage: failure)
        }
        return mailbox
    }

    /// A multi handle that can be woken; nil where there is none, for want of memory or descriptors.
    static func makeHandle(_ settings: ClientSettings, canBeDeaf: Bool = false) -> UnsafeMutableRawPointer? {
        guard let multi = curl_multi_init() else { return nil }
        guard canBeDeaf || curl_multi_wakeup(multi) == CURLM_OK else {
            _ = curl_multi_cleanup(multi)
            return nil
        }
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.idleConnections)
        return multi
    }

    private static func createThread(_ argument: UnsafeMutableRawPointer) -> Int32 {
        // A thread inherits the mask of its maker, so that signals go to the program's other threads from the start.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        let failure = pthread_sigmask(SIG_SETMASK, &all, &before)
        guard failure == 0 else { return failure }
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        #if canImport(Glibc)
            var thread = pthread_t()
        #else
            var thread: pthread_t?
        #endif
        return pthread_create(&thread, nil, { TransferThread.run($0) }, argument)
    }

    private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        ccurl_name_this_thread(name)
        // Nobody joins it: closing must not block, and the mailbox tells when all is cleaned up.
        pthread_detach(pthread_self())
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        let loop = TransferLoop(multi: start.multi, settings: start.settings)
        let reason = loop.run(start.mailbox)
        // The loop may have replaced the handle that it was started with.
        let multi = loop.multi
        let left = start.mailbox.beginEnd()
        loop.end(with: reason)
        for command in left {
            switch command {
            case .start(let ticket): ticket.finish(.failure(reason))
            case .exchange(let ticket): ticket.finish(.failure(reason))
            case .abort: break
            }
        }
        _ = curl_multi_cleanup(multi)
        start.mailbox.end()
        return nil
    }
}
