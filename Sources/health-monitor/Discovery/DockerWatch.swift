import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// Follows the containers of a Docker engine: it lists them, waits for an event of the engine, and lists them again.
///
/// Each request for events ends with the first one, and the next continues where the list began (`since`): so no event
/// is lost, and a stream that breaks off costs nothing but a new connection.
struct DockerWatch: Sendable {
    let socket: String
    let client: HTTPClient
    let log: Log
    /// An engine that reports nothing for so long is asked for its list anyway.
    var patience = Duration.seconds(60)
    /// The first pause after a failure; it doubles up to a minute.
    var firstPause = Duration.seconds(1)
    /// Told why the engine gives no list of containers; nil once it does.
    var noteOutage: @Sendable (String?) -> Void = { _ in }

    /// Several events come at once when a container is made or removed.
    private static let settling = Duration.milliseconds(200)
    private static let longestPause = Duration.seconds(60)
    private static let listLimit = Duration.seconds(5)
    private static let filters =
        #"{"type":["container"],"event":["create","start","die","destroy","rename","update"]}"#

    private struct Failure: Error {
        let words: String
        /// Whether not even the list came.
        var isOutage = false
    }

    /// Reports the containers at first and after each change, until the task is cancelled.
    ///
    /// - Parameter isOut: whether the engine has not answered so far, which is logged already.
    func run(isOut: Bool = false, _ report: @Sendable (ContainerLabels) async -> Void) async {
        var pause = firstPause
        var isOut = isOut
        // One line for a fault, however often it comes back.
        var logged: String?
        while !Task.isCancelled {
            do throws(Failure) {
                // Asked for before the list, so that nothing falls between both.
                async let end = waitForEvent(since: .now())
                let found = try await list()
                noteOutage(nil)
                if isOut {
                    log(.info, "the Docker engine at \(socket) answers again")
                    (isOut, logged) = (false, nil)
                }
                await report(found)
                if let failure = await end { throw failure }
                (pause, logged) = (firstPause, nil)
                try? await Task.sleep(for: Self.settling, clock: .suspending)
            } catch {
                if Task.isCancelled { return }
                isOut = isOut || error.isOutage
                if error.isOutage { noteOutage(error.words) }
                if logged != error.words {
                    log(.warning, "containers are not followed: \(error.words); known ones stay watched; trying again")
                }
                logged = error.words
                try? await Task.sleep(for: pause, clock: .suspending)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    /// The containers now; nil if the engine does not answer, which is logged.
    func firstLook() async -> ContainerLabels? {
        do throws(Failure) {
            return try await list()
        } catch {
            log(.warning, "containers are not known yet: \(error.words)")
            noteOutage(error.words)
            return nil
        }
    }

    private func list() async throws(Failure) -> ContainerLabels {
        let response = try await ask("/containers/json?all=true", limit: Self.listLimit)
        guard response.status == 200, let list = try? JSONValue(parsing: response.body).elements else {
            throw Failure(words: "\(socket) answered \(response.status) without a list of containers", isOutage: true)
        }
        return ContainerLabels(list, socket: socket)
    }

    /// Returns after an event, or without one after `patience`; with the cause if neither can come.
    private func waitForEvent(since: WallTime) async -> Failure? {
        let encoded = Self.filters.utf8.map { byte in
            ASCIIName.isPart(byte)
                ? String(decoding: [byte], as: UTF8.self) : "%\(String(byte, radix: 16, uppercase: true))"
        }.joined()
        let (seconds, rest) = since.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let fraction = String(String(rest + 1_000_000).dropFirst())
        let path = "/events?since=\(seconds).\(fraction)000&filters=\(encoded)"
        do {
            let response = try await client.send(request(path, limit: patience, most: 1))
            guard response.status == 200 else {
                return Failure(words: "\(socket) answered \(response.status) to a request for events")
            }
            // Without an event the engine has ended the stream.
            return response.body.isEmpty ? Failure(words: "\(socket) ended its stream of events") : nil
        } catch let error as HTTPClientError {
            if case .timedOut = error.kind { return nil }
            return Failure(words: "\(socket) cannot be used (\(error.reason))")
        } catch {
            return Failure(words: "the wait was cancelled")
        }
    }

    private func ask(_ path: String, limit: Duration) async throws(Failure) -> HTTPClientResponse {
        do {
            return try await client.send(request(path, limit: limit, most: 16 << 20))
        } catch let error as HTTPClientError {
            throw Failure(words: "\(socket) cannot be used (\(error.reason))", isOutage: true)
        } catch {
            throw Failure(words: "the look was cancelled")
        }
    }

    private func request(_ path: String, limit: Duration, most: Int) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            url: "http://localhost\(path)", timeout: limit, connectTimeout: min(limit, Self.listLimit),
            maximumResponseBytes: most)
        request.unixSocketPath = socket
        request.truncatesBody = most == 1
        return request
    }
}
