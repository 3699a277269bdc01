import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import Synchronization

/// Sends to Discord as a bot that is a member of the guild.
///
/// Keys: `token` (the bot's), `channelId` or `channel` (`#name`, searched in the bot's guilds), `mention` (a user's
/// id), `apiUrl` (default `https://discord.com/api/v10`), `name`.
///
/// Discord shows two messages with one nonce only once, for some minutes (`enforce_nonce`).
final class DiscordChannel: Channel {
    static let type = "discord"
    let name: String
    private let token: String
    private let api: String
    private let mention: String?
    private let place: Place
    /// The id of the channel found by its name.
    private let foundID = Mutex<String?>(nil)

    private enum Place {
        case id(String)
        case name(String)
    }

    init(reading section: ConfigurationSection) {
        name = section.string("name", default: Self.type)
        token = section.secret("token")
        api = section.webAddress("apiUrl", default: "https://discord.com/api/v10")
        mention = section.identifier("mention") { $0.isSnowflake }
        let id = section.identifier("channelId") { $0.isSnowflake }
        let named = section.optionalString("channel").map { $0.hasPrefix("#") ? String($0.dropFirst()) : $0 }
        if !section.has("channelId"), named == nil {
            section.refuse("channelId", "is missing: give the channel's id, or its #name as \"channel\"")
        } else if section.has("channelId"), named != nil {
            section.refuse("channel", "there is a channelId too: give one of them")
        }
        place = id.map { .id($0) } ?? .name(named ?? "")
    }

    var secrets: [String] { [token] }

    private var headers: [(name: String, value: String)] {
        // Discord requires this form of User-Agent from bots, and blocks some others.
        [
            ("Authorization", "Bot \(token)"),
            ("User-Agent", "DiscordBot (https://keepalivekit.invalid, 1.0)"),
        ]
    }

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        do {
            let channel: String
            switch try await find(with: client) {
            case .found(let id): channel = id
            case .not(let delivery): return delivery
            }
            var message = DiscordMessage.json(event, mention: mention)
            message["nonce"] = .string(String(key.prefix(25)))
            message["enforce_nonce"] = .bool(true)
            let response = try await client.post(
                .object(message), to: "\(api)/channels/\(channel)/messages", headers: headers)
            // The channel of that name may have been deleted and recreated.
            if response.status == 404 { foundID.withLock { $0 = nil } }
            return delivery(response, response.json)
        } catch {
            return Delivery(error, to: "Discord")
        }
    }

    private func delivery(_ response: HTTPClientResponse, _ body: JSONValue?) -> Delivery {
        var delivery = Delivery(
            response, from: "Discord", retryAfter: DiscordMessage.retryAfter(body, response.header("Retry-After")),
            hiding: secrets)
        delivery.pause = delivery.pause ?? Self.pause(response)
        return delivery
    }

    /// The delay that an answer's fields ask for, so that 429 stays rare: after too many, Discord blocks the whole
    /// address.
    private static func pause(_ response: HTTPClientResponse) -> Duration? {
        guard response.header("X-RateLimit-Remaining") == "0" else { return nil }
        let after = response.header("X-RateLimit-Reset-After").flatMap { Double($0) }
        return Delivery.duration(seconds: after).map { min($0, .seconds(60)) }
    }

    // MARK: A channel by its name

    private enum Search {
        case found(String)
        case not(Delivery)
    }

    private func find(with client: HTTPClient) async throws -> Search {
        let wanted: String
        switch place {
        case .id(let id): return .found(id)
        case .name(let name): wanted = name
        }
        if let known = foundID.withLock({ $0 }) { return .found(known) }
        var after = ""
        var guilds = 0
        while true {
            // Discord lists at most 200 guilds at a time.
            let answer = try await get("/users/@me/guilds?limit=200" + (after.isEmpty ? "" : "&after=\(after)"), client)
            guard case .list(let page) = answer else { return .not(answer.failure) }
            let ids = page.compactMap { $0["id"]?.text }.filter(\.isSnowflake)
            for id in ids {
                guilds += 1
                let answer = try await get("/guilds/\(id)/channels", client)
                guard case .list(let channels) = answer else { return .not(answer.failure) }
                // Type 0 is a text channel, 5 an announcement channel.
                let match = channels.first { channel in
                    channel["name"]?.text == wanted
                        && (channel["type"] == .integer(0) || channel["type"] == .integer(5))
                }
                guard let channel = match?["id"]?.text, channel.isSnowflake else { continue }
                foundID.withLock { $0 = channel }
                return .found(channel)
            }
            guard ids.count == 200, let last = ids.last, last != after else { break }
            after = last
        }
        return .not(
            .refused(
                reason: "Discord: none of the bot's \(guilds) guilds shows it a channel #\(wanted.limited(to: 100))"))
    }

    private enum Answer {
        case list([JSONValue])
        case other(Delivery)

        var failure: Delivery {
            if case .other(let delivery) = self { delivery } else { .failed(reason: "Discord", retryAfter: nil) }
        }
    }

    private func get(_ path: String, _ client: HTTPClient) async throws -> Answer {
        let response = try await client.send(HTTPClientRequest(url: api + path, headers: headers))
        let body = response.json
        let delivery = self.delivery(response, body)
        guard delivery.isDelivered else { return .other(delivery) }
        guard let list = body?.elements else {
            return .other(.failed(reason: "Discord answered \(response.status), but not with a list", retryAfter: nil))
        }
        return .list(list)
    }
}
