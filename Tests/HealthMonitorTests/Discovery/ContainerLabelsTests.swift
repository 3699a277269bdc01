import Testing

@testable import KeepAliveHealthMonitor

struct ContainerLabelsTests {
    private func container(
        _ name: String, _ labels: [String: String], running: Bool = true, created: Int64 = 1
    ) -> JSONValue {
        .object([
            "Names": .array([.string("/\(name)")]), "Labels": .object(labels.mapValues { .string($0) }),
            "State": .string(running ? "running" : "exited"), "Created": .integer(created),
        ])
    }

    private func labels(_ list: [JSONValue]) -> ContainerLabels { ContainerLabels(list, socket: "/run/d.sock") }

    @Test func targets() {
        let found = labels([
            container("web", ["keepalive.enable": "true", "keepalive.url": "http://127.0.0.1:8080/health?a=$HOME"]),
            container(
                "db", ["keepalive.enable": "TRUE", "keepalive.name": "database", "keepalive.critical": "true"],
                running: false),
            container("plain", ["other": "x"]),
            container("off", ["keepalive.enable": "false", "keepalive.nonsense": "x"]),
        ])
        #expect(found.faults == [])
        #expect(found.entries.map(\.name) == ["database", "web"])
        #expect(
            found.entries.first?.keys == [
                "name": "database", "type": "docker", "container": "db", "socket": "/run/d.sock", "critical": true,
            ])
        // Its dollar sign is no variable of the monitor.
        #expect(
            found.entries.last?.keys == [
                "name": "web", "type": "http", "url": "http://127.0.0.1:8080/health?a=$$HOME",
            ])
    }

    @Test func noMarkMakesAVariableOfALabel() {
        let found = labels([container("web", ["keepalive.enable": "true", "keepalive.name": "\u{600}$TOKEN"])])
        #expect(found.entries.first?.name == "\u{600}$TOKEN")
        #expect(found.entries.first?.keys["name"] == "\u{600}$$TOKEN")
    }

    @Test func brokenLabels() {
        let found = labels([
            container("a", ["keepalive.enable": "maybe"]),
            container("b", ["keepalive.enable": "true", "keepalive.critical": "very"]),
            container("c", ["keepalive.enable": "true", "keepalive.nam": "x"]),
            container("d", ["keepalive.enable": "true", "keepalive.name": ""]),
        ])
        #expect(found.entries == [])
        #expect(
            found.faults == [
                "container a: keepalive.enable is \"maybe\": give \"true\" or \"false\"",
                "container b: keepalive.critical is \"very\": give \"true\" or \"false\"",
                "container c: unknown label keepalive.nam; known are enable, name, url and critical",
                "container d: keepalive.name is empty: give a name, or leave the label out",
            ])
        #expect(ContainerLabels([.null, "x", .object([:])], socket: "/s") == ContainerLabels())
    }

    /// While Compose replaces a container, two have one name for a moment.
    @Test func twoOfOneName() {
        let same = ["keepalive.enable": "true", "keepalive.name": "web"]
        let found = labels([
            container("old", same, running: false, created: 1), container("new", same, created: 9),
            container("newer", same, created: 10),
        ])
        #expect(found.entries.map(\.container) == ["new"])
        #expect(found.faults.count == 2)
        #expect(found.faults.allSatisfy { $0.contains("\"web\" is the name of container new too") })
    }

    @Test func collisionsWithTheFileAndBadURLs() throws {
        let file = try MonitorConfiguration([
            "watch": "docker",
            "targets": .array([.object(["name": "web", "type": "memory"])]),
        ])
        #expect(!file.knowsEveryTarget)
        #expect(file.watch?.socket == "/var/run/docker.sock")
        let (next, faults) = file.watching(
            labels([
                container("web", ["keepalive.enable": "true"]), container("ok", ["keepalive.enable": "true"]),
                container("bad", ["keepalive.enable": "true", "keepalive.url": "ftp://x"]),
            ]))
        #expect(next.targets.map(\.name) == ["web", "ok"])
        #expect(next.containerNames == ["ok"])
        #expect(next.knowsEveryTarget)
        #expect(faults.count == 2)
        #expect(
            faults.contains(
                "container web: the file has a target \"web\" already: set another keepalive.name"))
        #expect(faults.contains { $0.hasPrefix("container bad: keepalive.url: ") })
    }

    /// The log hides the secrets of a container's address, and names a fault only once.
    @Test func secretsAndFaultsOfContainersAreKept() throws {
        let file = try MonitorConfiguration(["watch": "docker"])
        let (next, faults) = file.watching(
            labels([
                container(
                    "web", ["keepalive.enable": "true", "keepalive.url": "http://127.0.0.1/x?token=hush-hush"]),
                container("bad", ["keepalive.enable": "true", "keepalive.url": "ftp://x"]),
            ]))
        #expect(next.targets.map(\.name) == ["web"])
        #expect(next.secrets.contains("hush-hush"))
        #expect(faults.count == 1 && next.containerFaults == Set(faults))
    }

    @Test func settings() throws {
        func findings(_ watch: JSONValue, _ environment: [String: String] = [:]) -> [String] {
            do {
                _ = try MonitorConfiguration(["watch": watch], environment: environment)
                return []
            } catch {
                return error.findings
            }
        }
        let named = try MonitorConfiguration(["watch": "docker"], environment: ["DOCKER_HOST": "unix:///run/x.sock"])
        #expect(named.watch?.socket == "/run/x.sock")
        let unset = try MonitorConfiguration(["watch": "docker"], environment: ["DOCKER_HOST": ""])
        #expect(unset.watch?.socket == "/var/run/docker.sock")
        let plain = try MonitorConfiguration(["watch": .object(["type": "docker"])])
        #expect(plain.watch?.socket == "/var/run/docker.sock")
        #expect(findings(.object(["type": "docker", "socket": "/run/x.sock"])) == [])
        #expect(findings("podman").count == 1)
        #expect(findings(true).count == 1)
        #expect(findings("docker", ["DOCKER_HOST": "tcp://127.0.0.1:2375"]).count == 1)
        #expect(findings(.object(["socket": "x"])).count == 1)
        #expect(findings(.object(["sockets": "/x"])).count == 1)
    }

    /// A label on everything must not fill the page: the oldest are watched.
    @Test func onlySoManyAreWatched() {
        let found = labels(
            (0...ContainerLabels.most).map { container("c\($0)", ["keepalive.enable": "true"], created: Int64($0)) })
        #expect(found.entries.count == ContainerLabels.most)
        #expect(
            found.faults == [
                "container c500: 500 containers are watched already: set keepalive.enable only where needed"
            ])
    }

    @Test(arguments: [("1", true), ("Yes", true), ("0", false), ("NO", false)])
    func howALabelSaysYes(word: String, isOn: Bool) {
        let found = labels([container("web", ["keepalive.enable": word])])
        #expect(found.entries.map(\.name) == (isOn ? ["web"] : []))
        #expect(found.faults == [])
    }

    /// Whichever container is older.
    @Test func faultsStandByName() {
        let wrong = ["keepalive.enable": "maybe"]
        let found = labels([container("b", wrong), container("a", wrong, created: 2)])
        #expect(found.faults.map { String($0.prefix(11)) } == ["container a", "container b"])
    }
}
