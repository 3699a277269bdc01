import Foundation

@testable import KeepAliveCurl
@testable import KeepAliveHealthMonitor
@testable import KeepAliveKit
@testable import KeepAlivePlatform

/// What health-monitor reads of files, of its clients and of its peers.
let monitorTargets = [
    Target(name: "json5", most: 1 << 20, look: lookAtJSON5),
    Target(name: "configuration", most: 1 << 18, look: lookAtConfiguration),
    Target(name: "kuma", most: 1 << 18, look: lookAtKuma),
    Target(name: "gatus", most: 1 << 18, look: lookAtGatus),
    Target(name: "template", most: 1 << 13, look: lookAtTemplate),
    Target(name: "containers", most: 1 << 18, look: lookAtContainers),
    Target(name: "api", most: 1 << 13, look: lookAtAPI),
    Target(name: "rows", most: 1 << 16, look: lookAtRows),
    Target(name: "deliveries", most: 1 << 16, look: lookAtDeliveries),
]

/// JSON5. What is JSON for Foundation has the same value here, and every value can be written and read again.
private func lookAtJSON5(_ bytes: [UInt8]) {
    let read = try? JSONValue.readingJSON5(bytes).value
    if let read, isFinite(read) {
        same(try? JSONValue(parsing: Array(read.json.utf8)), read, "the written value differs")
    }
    guard bytes.count < 4096, String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else { return }
    guard bytes.first != 0xEF, bytes.count(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }) < 100 else {
        return
    }
    if let other = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)), isFinite(other) {
        require(read != nil, "JSON is no JSON5: \(text(bytes).debugDescription)")
        if let read { same(read, other, "\(text(bytes).debugDescription) is read in two ways") }
    }
}

private func isFinite(_ value: JSONValue) -> Bool {
    switch value {
    case .number(let number): number.isFinite
    case .array(let elements): elements.allSatisfy(isFinite)
    case .object(let members): members.values.allSatisfy(isFinite)
    default: true
    }
}

private let environment = [
    "TOKEN": "secret", "HOME": "/nonexistent", "STATE_DIRECTORY": "/nonexistent/state", "EMPTY": "",
]

/// A whole configuration. Each finding is one readable line.
private func lookAtConfiguration(_ bytes: [UInt8]) {
    guard let document = try? JSONValue.readingJSON5(bytes), case .object(let root) = document.value else { return }
    do {
        let configuration = try MonitorConfiguration(
            root, repeatedKeys: document.repeatedKeys, environment: environment)
        require(configuration.patience >= .seconds(60), "the patience is \(configuration.patience)")
        _ = (configuration.grace, configuration.pushTokens, configuration.pushServices)
        for target in configuration.targets {
            require(target.interval > .zero && target.timeout > .zero, "\(target.name) has no interval")
        }
        var next = configuration
        same(next.keepFixed(of: configuration), [], "a configuration differs from itself")
    } catch {
        require(!error.findings.isEmpty, "a refusal without a finding")
        for finding in error.findings {
            require(!finding.isEmpty && finding.utf8.count < 4000, "the finding is no sentence: \(finding)")
        }
    }
}

/// A backup of Uptime Kuma.
private func lookAtKuma(_ bytes: [UInt8]) {
    guard var kuma = try? KumaImport(backup: bytes) else { return }
    var file = ImportedFile(targetTypes: types)
    kuma.convert(into: &file)
    check(file)
}

/// A configuration of Gatus, as JSON.
private func lookAtGatus(_ bytes: [UInt8]) {
    guard let root = LooseObject(try? JSONValue(parsing: bytes)) else { return }
    var gatus = GatusImport(root)
    var file = ImportedFile(targetTypes: types)
    gatus.convert(into: &file)
    check(file)
}

private let types = Set(probeTypes.map { $0.type })

/// The written files can be read.
func check(_ file: ImportedFile) {
    let text = file.text(from: "another monitor")
    do {
        _ = try JSONValue.readingJSON5(Array(text.utf8))
    } catch {
        require(false, "the written configuration cannot be read (\(error)): \(text)")
    }
    do {
        let variables = try EnvironmentFile.parse(Array(file.environment.utf8), path: ".env")
        for secret in file.secrets where !secret.value.utf8.contains(0) {
            same(variables[secret.name], secret.value, "the secret \(secret.name) differs")
        }
    } catch {
        require(
            file.secrets.contains { $0.value.utf8.contains(0) },
            "the written variables cannot be read (\(error)): \(file.environment)")
    }
}

private let event = AlertEvent(
    kind: .opened, service: "a \"service\" \\ {{text}}", severity: .critical, message: "it \n failed é",
    triggeredAt: 1_768_838_847_000_000, happenedAt: 1_768_838_850_000_000)

/// A webhook's template: a body of JSON stays JSON, and a field stays one line.
private func lookAtTemplate(_ bytes: [UInt8]) {
    let values = TemplateValues(event, key: "key")
    if let template = try? Template(text(bytes)) {
        let header = template.filled(values, TemplateEscape.header)
        if !text(bytes).unicodeScalars.contains(where: { $0.value < 0x20 }) {
            require(
                !header.contains { $0.isNewline && $0.isASCII }, "a field has two lines: \(header.debugDescription)")
        }
        _ = (template.filled(values, TemplateEscape.percent), template.filled(values, TemplateEscape.json))
    }
    let given = (try? JSONValue.readingJSON5(bytes).value) ?? .string(text(bytes))
    let section = ConfigurationSection(["template": given], environment: environment)
    guard let template = WebhookTemplate(reading: section), section.findings.all.isEmpty else { return }
    let request = template.request(values, to: "http://127.0.0.1/", key: "key", more: [])
    for field in request.headers {
        require(!field.value.utf8.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0 }, "\(field.name) has two lines")
    }
    let isJSON = request.headers.contains { $0.name.lowercased() == "content-type" && $0.value == "application/json" }
    if isJSON, let body = request.body {
        require((try? JSONValue(parsing: body)) != nil, "the body is no JSON: \(text(body))")
    }
}

/// The list of containers, and one container's state.
private func lookAtContainers(_ bytes: [UInt8]) {
    for status in [200, 404, 500] { _ = DockerState.verdict(status, bytes, maxRestarts: 3) }
    guard let list = try? JSONValue(parsing: bytes).elements else { return }
    let labels = ContainerLabels(list, socket: "/nonexistent/docker.sock")
    require(Set(labels.entries.map(\.name)).count == labels.entries.count, "a name is given twice")
    let (configuration, faults) = MonitorConfiguration().watching(labels)
    require(configuration.targets.count + faults.count >= labels.entries.count, "a container is lost")
}

/// A request's query, path and body to health-monitor's API.
private func lookAtAPI(_ bytes: [UInt8]) {
    let (first, second) = halves(bytes, at: UInt8(ascii: "\n"))
    let names = ["note", "by", "minutes", "until", "service", "limit"]
    if let parameters = try? Parameters(first, allowed: names) {
        _ = try? parameters.integer("limit", in: 1...100, default: 10)
        _ = try? parameters.service("service")
    }
    if let fields = try? MarkFields(first, allowed: names) {
        let now = WallTime(microseconds: 1_768_838_847_000_000)
        if let end = try? fields.end(after: now) { require(end > now.microseconds, "a silence ends before it begins") }
        if let note = try? fields.note() { require(!note.contains(where: \.isNewline), "the note has two lines") }
    }
    if let push = (try? PushRequest(Substring(text(first)), among: ["token", "a/b"])) ?? nil {
        _ = try? push.call(query: second, body: text(second), at: MonotonicTime.now())
    }
    _ = APIRoute("/" + text(first))
    if let path = JSONPath(text(first)), let root = try? JSONValue(parsing: second) { _ = path.value(in: root) }
}

/// The history's columns of JSON, and `restart_backoff.json`.
private func lookAtRows(_ bytes: [UInt8]) {
    if let row = HistoryJSON.value(text(bytes), as: OutboxRow.self) {
        let entry = row.entry(now: MonotonicTime.now(), wallNow: .now())
        _ = OutboxRow(entry)
        _ = TemplateValues(row.event, key: row.key)
        _ = ShortMessage.text(row.event)
        same(HistoryJSON.value(try? HistoryJSON.text(row), as: OutboxRow.self)?.event, row.event, "the row differs")
    }
    _ = HistoryJSON.value(text(bytes), as: [ProbeResult.SubCheck].self)
    guard var schedule = try? JSONDecoder().decode(RestartSchedule.self, from: Data(bytes)) else { return }
    for service in schedule.services.keys {
        for now in [0, .max, .min, 1_768_838_847_000_000] as [Int64] {
            let wait = schedule.wait(of: service, at: now)
            require(wait >= .zero && wait <= .seconds(300), "the wait is \(wait)")
            let delay = schedule.noteRun(of: service, at: now)
            require(delay > .zero && delay <= .seconds(300), "the delay is \(delay)")
        }
    }
    let data = (try? JSONEncoder().encode(schedule)) ?? Data()
    same(try? JSONDecoder().decode(RestartSchedule.self, from: data), schedule, "the schedule differs")
}

/// The answer of a channel's peer: a status, header lines and a body.
private func lookAtDeliveries(_ bytes: [UInt8]) {
    let (first, body) = halves(bytes)
    var head = ResponseHead()
    for line in first.split(separator: UInt8(ascii: "\n")) where !head.take(Array(line)) { break }
    let status = bytes.first.map { 200 + Int($0) * 2 } ?? 200
    for status in [status, 200, 206, 307, 429, 503] {
        let response = HTTPClientResponse(
            status: status, headers: head.fields, body: body, elapsed: .seconds(1), redirectURL: text(first))
        let delivery = Delivery(response, from: "a peer", hiding: ["secret"])
        if let pause = delivery.pause {
            require(pause >= .zero && pause <= .seconds(86_400), "the pause is \(pause)")
        }
        _ = TrackAnswer(response, count: 3, endpoint: "https://a.example")
        _ = TelegramAnswer(response, of: "getMe") { $0 }
        _ = RedirectRule.location(of: response)
    }
    if let value = try? JSONValue(parsing: body), let state = WebhookState(value, hiding: { $0 }) {
        _ = state.check(now: .now())
    }
}
