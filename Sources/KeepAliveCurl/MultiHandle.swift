import CKeepAliveCurl

/// All transfers of one thread, which libcurl runs in parallel (libcurl-multi(3)).
///
/// Not Sendable: made, used and dropped on the transfer thread; others hold its waker.
@safe final class MultiHandle {
    private let raw: UnsafeMutableRawPointer
    private var transfers: [UnsafeMutableRawPointer: any Transfer] = unsafe [:]

    /// Nil when memory ran out.
    init?(idleConnections: Int) {
        guard let raw = unsafe curl_multi_init() else { return nil }
        unsafe self.raw = raw
        _ = unsafe ccurl_multi_set_long(raw, CURLMOPT_MAXCONNECTS, idleConnections)
    }

    deinit { _ = unsafe curl_multi_cleanup(raw) }

    /// Wakes the polling thread. Its owner must release it before the handle is dropped.
    struct Waker: Sendable {
        // As a number, since a pointer is not Sendable: curl_multi_wakeup(3) alone may be called from any thread.
        fileprivate let address: UInt

        /// False if libcurl has made the handle without a socket pair, because no descriptor was left.
        func wake() -> Bool { unsafe curl_multi_wakeup(UnsafeMutableRawPointer(bitPattern: address)) == CURLM_OK }
    }

    var waker: Waker { unsafe Waker(address: UInt(bitPattern: raw)) }

    func add(_ transfer: any Transfer) -> CURLMcode {
        let code = unsafe curl_multi_add_handle(raw, transfer.easy.raw)
        if code == CURLM_OK { unsafe transfers[transfer.easy.raw] = transfer }
        return code
    }

    /// Removes a transfer; until then libcurl calls back into it.
    func remove(_ transfer: any Transfer) {
        _ = unsafe curl_multi_remove_handle(raw, transfer.easy.raw)
        unsafe transfers[transfer.easy.raw] = nil
    }

    /// Lets libcurl do its pending work.
    func perform() -> CURLMcode {
        var running: Int32 = 0
        return unsafe curl_multi_perform(raw, &running)
    }

    /// The transfers that libcurl has finished since the last call, and their results.
    func takeDone() -> [(transfer: any Transfer, code: CURLcode)] {
        var done: [(any Transfer, CURLcode)] = []
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(raw, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle,
                let transfer = unsafe transfers[easy]
            else { continue }
            done.append((transfer, unsafe message.pointee.data.result))
        }
        return done
    }

    /// Waits for activity, also on these sockets, for libcurl's own next timer, a wake-up, or this many milliseconds.
    func poll(_ sockets: inout [curl_waitfd], atMost limit: Int32) -> CURLMcode {
        let count = UInt32(clamping: sockets.count)
        return unsafe curl_multi_poll(raw, &sockets, count, limit, nil)
    }
}
