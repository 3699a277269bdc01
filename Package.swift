// swift-tools-version: 6.1

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "KeepAliveKit",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "KeepAliveKit", targets: ["KeepAliveKit"]),
        .executable(name: "casino-bot", targets: ["casino-bot"]),
        .executable(name: "health-check", targets: ["health-check"]),
        .executable(name: "launcher", targets: ["launcher"]),
        .executable(name: "health-monitor", targets: ["health-monitor"]),
    ],
    targets: [
        .target(name: "KeepAliveKit", swiftSettings: strict),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
        .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: strict),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .target(name: "HTTPClient", dependencies: ["CCurl"], swiftSettings: strict),
        .target(name: "CStart"),
        .executableTarget(
            name: "casino-bot", dependencies: ["KeepAliveKit", "SQLite", "HTTPClient", "CStart"], swiftSettings: strict),
        // Linked as one static file: a check that runs every few seconds starts in a third of the time. Flags of this kind
        // keep a target from being depended on, which nobody does to a program.
        .executableTarget(
            name: "health-check", dependencies: ["KeepAliveKit"],
            swiftSettings: strict + [
                .unsafeFlags(["-static-stdlib"], .when(platforms: [.linux], configuration: .release))
            ],
            linkerSettings: [.unsafeFlags(["-static-executable"], .when(platforms: [.linux], configuration: .release))]),
        .target(name: "CSpawn"),
        .executableTarget(name: "launcher", dependencies: ["KeepAliveKit", "CSpawn"], swiftSettings: strict),
        .executableTarget(
            name: "health-monitor", dependencies: ["KeepAliveKit", "SQLite", "HTTPClient", "CStart"],
            swiftSettings: strict),

        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "TestSupportTests", dependencies: ["TestSupport"]),
        .testTarget(
            name: "CasinoBotTests", dependencies: ["casino-bot", "KeepAliveKit", "SQLite", "HTTPClient", "TestSupport"]),
        .testTarget(name: "EndToEnd", dependencies: ["casino-bot", "SQLite", "TestSupport"]),
        .testTarget(name: "KeepAliveKitTests", dependencies: ["KeepAliveKit", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite"]),
        .testTarget(name: "HTTPClientTests", dependencies: ["HTTPClient"]),
        .testTarget(name: "HealthCheckTests", dependencies: ["health-check", "KeepAliveKit", "TestSupport"]),
        .testTarget(name: "LauncherTests", dependencies: ["launcher", "KeepAliveKit", "TestSupport"]),
        .executableTarget(name: "stuck-bot", dependencies: ["KeepAliveKit"], path: "Tests/StuckBot"),
        .testTarget(
            name: "HealthMonitorTests",
            dependencies: ["health-monitor", "KeepAliveKit", "SQLite", "HTTPClient", "TestSupport"]),
        .testTarget(
            name: "EndToEndWatch", dependencies: ["casino-bot", "health-check", "KeepAliveKit", "TestSupport"]),
        .testTarget(
            name: "EndToEndMonitor", dependencies: ["health-monitor", "casino-bot", "SQLite", "TestSupport"]),
        .testTarget(
            name: "EndToEndTelemetry",
            dependencies: ["health-monitor", "launcher", "casino-bot", "KeepAliveKit", "TestSupport"]),
        .testTarget(
            name: "EndToEndLauncher",
            dependencies: ["launcher", "health-check", "casino-bot", "stuck-bot", "KeepAliveKit", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)
