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
        .executable(name: "casino-bot", targets: ["KeepAliveCasinoBot"]),
        .executable(name: "health-check", targets: ["KeepAliveHealthCheck"]),
        .executable(name: "launcher", targets: ["KeepAliveLauncher"]),
        .executable(name: "health-monitor", targets: ["KeepAliveHealthMonitor"]),
    ],
    // SwiftPM wants the names of targets to be unique over all packages of a program: hence the prefix.
    targets: [
        .target(name: "KeepAliveKit", swiftSettings: strict),
        .systemLibrary(
            name: "CKeepAliveSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
        .target(name: "KeepAliveSQLite", dependencies: ["CKeepAliveSQLite"], swiftSettings: strict),
        .systemLibrary(
            name: "CKeepAliveCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .target(name: "KeepAliveCurl", dependencies: ["CKeepAliveCurl"], swiftSettings: strict),
        .target(name: "CKeepAliveStart"),
        .target(name: "CKeepAliveSpawn"),
        .executableTarget(
            name: "KeepAliveCasinoBot",
            dependencies: ["KeepAliveKit", "KeepAliveSQLite", "KeepAliveCurl", "CKeepAliveStart"],
            path: "Sources/casino-bot", swiftSettings: strict),
        .executableTarget(
            name: "KeepAliveHealthCheck", dependencies: ["KeepAliveKit"], path: "Sources/health-check",
            swiftSettings: strict),
        .executableTarget(
            name: "KeepAliveLauncher", dependencies: ["KeepAliveKit", "CKeepAliveSpawn"], path: "Sources/launcher",
            swiftSettings: strict),
        .executableTarget(
            name: "KeepAliveHealthMonitor",
            dependencies: ["KeepAliveKit", "KeepAliveSQLite", "KeepAliveCurl", "CKeepAliveStart"],
            path: "Sources/health-monitor", swiftSettings: strict),

        // A test target, which no other package sees.
        .testTarget(name: "KeepAliveTestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "TestSupportTests", dependencies: ["KeepAliveTestSupport"]),
        .testTarget(
            name: "CasinoBotTests",
            dependencies: [
                "KeepAliveCasinoBot", "KeepAliveKit", "KeepAliveSQLite", "KeepAliveCurl", "KeepAliveTestSupport",
            ]),
        .testTarget(name: "EndToEnd", dependencies: ["KeepAliveCasinoBot", "KeepAliveSQLite", "KeepAliveTestSupport"]),
        .testTarget(
            name: "KeepAliveKitTests", dependencies: ["KeepAliveKit", "KeepAliveTestSupport"], swiftSettings: strict),
        .testTarget(name: "KeepAliveSQLiteTests", dependencies: ["KeepAliveSQLite"]),
        .testTarget(name: "KeepAliveCurlTests", dependencies: ["KeepAliveCurl"]),
        .testTarget(
            name: "HealthCheckTests", dependencies: ["KeepAliveHealthCheck", "KeepAliveKit", "KeepAliveTestSupport"]),
        .testTarget(
            name: "LauncherTests", dependencies: ["KeepAliveLauncher", "KeepAliveKit", "KeepAliveTestSupport"]),
        .executableTarget(name: "KeepAliveStuckBot", dependencies: ["KeepAliveKit"], path: "Tests/StuckBot"),
        .testTarget(
            name: "HealthMonitorTests",
            dependencies: [
                "KeepAliveHealthMonitor", "KeepAliveKit", "KeepAliveSQLite", "KeepAliveCurl", "KeepAliveTestSupport",
            ]),
        .testTarget(
            name: "EndToEndWatch",
            dependencies: ["KeepAliveCasinoBot", "KeepAliveHealthCheck", "KeepAliveKit", "KeepAliveTestSupport"]),
        .testTarget(
            name: "EndToEndMonitor",
            dependencies: ["KeepAliveHealthMonitor", "KeepAliveCasinoBot", "KeepAliveSQLite", "KeepAliveTestSupport"]),
        .testTarget(
            name: "EndToEndTelemetry",
            dependencies: [
                "KeepAliveHealthMonitor", "KeepAliveLauncher", "KeepAliveCasinoBot", "KeepAliveKit",
                "KeepAliveTestSupport",
            ]),
        .testTarget(
            name: "EndToEndLauncher",
            dependencies: [
                "KeepAliveLauncher", "KeepAliveHealthCheck", "KeepAliveCasinoBot", "KeepAliveStuckBot", "KeepAliveKit",
                "KeepAliveTestSupport",
            ]),
    ],
    swiftLanguageModes: [.v6]
)
