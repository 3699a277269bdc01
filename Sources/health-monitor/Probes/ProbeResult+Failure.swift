import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

extension ProbeResult {
    /// The result for a network error, without further investigation.
    ///
    /// - Parameter timeout: the probe's time limit: a cancellation means that it has passed.
    static func failed(_ error: any Error, timeout: Duration) -> ProbeResult {
        switch error {
        case let error as HTTPClientError:
            if let shortage = error.shortage.flatMap({ Shortage.words($0) }) { return .short(of: shortage) }
            // The file was readable when the configuration was read, so the monitor's machine has lost it since.
            let status: ProbeStatus = error.cause == .authoritiesUnreadable ? .unknown : .unhealthy
            return ProbeResult(status: status, message: error.reason)
        case is CancellationError:
            return ProbeResult(status: .unhealthy, message: BlockingCall.Failure.late(timeout).description)
        default: return ProbeResult(status: .unhealthy, message: "the check failed before an answer came")
        }
    }

    /// The result for a network error; after a failed lookup it distinguishes a missing name from a missing resolver.
    static func failed(_ error: any Error, timeout: Duration, _ tools: ProbeTools) async -> ProbeResult {
        let result = failed(error, timeout: timeout)
        guard result.shortage == nil, let error = error as? HTTPClientError, let endpoint = error.endpoint,
            endpoint.isName, error.kind == .couldNotResolve || error.cause == .lookupTimedOut
        else { return result }
        return await NameLookup.verdict(
            on: endpoint.host, words: error.reason, hasConnectivity: tools.hasConnectivity)
    }
}

extension String {
    /// The beginning of a peer's text as one line, and how much of it is missing.
    func beginning(limit: Int = 300) -> String {
        let rest = unicodeScalars.count - limit
        return rest > 0 ? "\(line(limit: limit))… (\(rest.counted("more character")))" : line()
    }

    /// A peer's text, made fit for several lines of a page.
    var lines: String {
        var lines = split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
            String($0).line(limit: .max)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    /// A peer's text, made fit for one line of a message: without control characters and marks that change the
    /// direction of writing.
    func line(limit: Int = 300) -> String {
        var line = ""
        for scalar in unicodeScalars.prefix(limit) {
            let isLineOrTurn =
                scalar.properties.isBidiControl
                || [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
            line.unicodeScalars.append(isLineOrTurn ? " " : scalar)
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

/// Whether a host is this machine.
func isLoopback(host: String) -> Bool { (try? Endpoint(host: host))?.isLoopback ?? false }
