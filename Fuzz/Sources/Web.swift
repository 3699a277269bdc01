@testable import KeepAliveCurl
@testable import KeepAliveKit
@testable import KeepAlivePlatform
@testable import KeepAliveToolSupport

/// What arrives over HTTP: requests, and answers to health-check and the launcher.
let webTargets = [
    Target(name: "request", most: 1 << 15, look: lookAtRequest),
    Target(name: "served", most: 1 << 15, look: lookAtServing),
    Target(name: "answer", look: lookAtAnswer),
    Target(name: "fields", look: lookAtFields),
    Target(name: "addresses", most: 1 << 13, look: lookAtAddresses),
]

private func parsed(_ bytes: ArraySlice<UInt8>, _ parser: inout HTTPRequestParser) -> HTTPRequestParser.Outcome {
    let copy = Array(bytes)
    return parser.parse(copy.span)
}

/// However the bytes are cut, the head is the same, and every range of it lies within.
private func lookAtRequest(_ bytes: [UInt8]) {
    var parser = HTTPRequestParser()
    let whole = parsed(bytes[...], &parser)
    for cut in cuts(bytes) {
        var parser = HTTPRequestParser()
        let first = parsed(bytes[..<cut], &parser)
        let outcome = first == .incomplete ? parsed(bytes[...], &parser) : first
        // A line with two faults may be refused for the other one.
        if case .rejected(let one, _) = outcome, case .rejected(let other, _) = whole, one == other { continue }
        same(outcome, whole, "a cut at \(cut) changes the outcome")
    }
    guard case .head(let request) = whole else { return }
    require(request.headLength <= bytes.count, "the head is longer than the bytes")
    for name: StaticString in ["x-forwarded-for", "cookie", "accept"] {
        for range in request.fields(name, in: bytes.span) {
            require(range.upperBound <= request.headLength, "a field lies behind the head")
        }
    }
}

/// A bot's endpoints answer every request that is complete, in any number of pieces alike.
private func lookAtServing(_ bytes: [UInt8]) {
    func output(_ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
        var endpoints = Endpoints(
            name: "Bot", version: "1", port: 8001, health: sharedHealth,
            access: RestartAccess(token: "token", isProduction: false), restart: { true })
        var state = ConnectionState(at: .now(), peer: HTTPPeer(isLoopback: true))
        var sent: [UInt8] = []
        for piece in pieces {
            let copy = Array(piece)
            state.received(copy.span, at: .now(), responder: &endpoints)
            // The peer reads everything.
            while state.wantsToWrite || state.hasBacklog {
                if state.wantsToWrite {
                    sent += state.output
                    state.sentAll(at: .now())
                }
                state.resume(at: .now(), responder: &endpoints)
            }
        }
        return sent
    }
    let whole = output([bytes[...]])
    require(whole.isEmpty || whole.starts(with: "HTTP/1.1 ".utf8), "the answer is no HTTP")
    let cut = cuts(bytes)[0]
    let pieces = output([bytes[..<cut], bytes[cut...]])
    same(statusLines(pieces), statusLines(whole), "a cut at \(cut) changes an answer")
}

private let sharedHealth = HealthMonitor()

private func statusLines(_ output: [UInt8]) -> [String] {
    // 100 (Continue) is left out once the body has begun (RFC 9110, section 10.1.1).
    text(output).split(separator: "\r\n").map(String.init)
        .filter { $0.hasPrefix("HTTP/1.1 ") && !$0.hasPrefix("HTTP/1.1 100") }
}

/// However an answer arrives, it is read alike.
private func lookAtAnswer(_ bytes: [UInt8]) {
    func outcome(_ pieces: [ArraySlice<UInt8>]) -> HTTPAnswerReader.Outcome {
        var reader = HTTPAnswerReader()
        for piece in pieces {
            let outcome = reader.read(piece)
            if outcome != .incomplete { return outcome }
        }
        return reader.end()
    }
    let whole = outcome([bytes[...]])
    let cut = cuts(bytes)[0]
    same(outcome([bytes[..<cut], bytes[cut...]]), whole, "a cut at \(cut) changes the answer")
    guard case .complete(let response) = whole else { return }
    require((100...999).contains(response.status), "the status is \(response.status)")
    require(response.body.count <= bytes.count, "the body is longer than the answer")
}

/// Header lines from libcurl: fields, and what the programs read of them.
private func lookAtFields(_ bytes: [UInt8]) {
    var head = ResponseHead()
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    where !head.take(Array(line)) {
        break
    }
    for field in head.fields {
        _ = CurlURL.seconds(ofDate: field.value)
        _ = AcceptField.prefers("text/html", in: Array(field.value.utf8))
        require(!field.name.contains("\n") && !field.value.contains("\n"), "a field has a line break")
    }
}

/// Addresses of files and variables. What is accepted can be written and read again.
private func lookAtAddresses(_ bytes: [UInt8]) {
    let text = text(bytes)
    if let url = HTTPURL(text) {
        let written = "http://\(url.authority)\(url.target)"
        same(HTTPURL(written), url, "\(written) is another address")
    }
    if let endpoint = try? Endpoint(url: text) {
        same((try? Endpoint(url: endpoint.description)) ?? endpoint, endpoint, "the endpoint changes")
    }
    _ = ShellWord.quoted(text)
    _ = SecretNames.isSecret(text)
}
