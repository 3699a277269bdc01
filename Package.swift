// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Pointers stay on the floors below the kit: nothing unsafe compiles without a word.
    .strictMemorySafety(),
]

let package = Package(
    name: "KeepAliveKit",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "KeepAliveKit", targets: ["KeepAliveKit"]),
        .executable(name: "casino-bot", targets: ["KeepAliveCasinoBot"]),
        .executable(name: "health-check", targets: ["KeepAliveHealthCheck"]),
        .executable(name: "launcher", targets: ["KeepAliveLauncher"]),
        .executable(name: "lease-keeper", targets: ["KeepAliveLeaseKeeper"]),
        .executable(name: "health-monitor", targets: ["KeepAliveHealthMonitor"]),
    ],
    // SwiftPM wants the names of targets to be unique over all packages of a program: hence the prefix.
    targets: [
        .systemLibrary(name: "CKeepAliveEpoll"),
        .target(name: "CKeepAliveDescriptors"),
        .target(
            name: "KeepAlivePlatform", dependencies: ["CKeepAliveEpoll", "CKeepAliveDescriptors"],
            swiftSettings: strict),
        .target(name: "KeepAliveKit", dependencies: ["KeepAlivePlatform"], swiftSettings: strict),
        .target(
            name: "KeepAliveToolSupport", dependencies: ["KeepAliveKit", "KeepAlivePlatform"], swiftSettings: strict),
        .target(
            name: "KeepAliveLease", dependencies: ["KeepAliveKit", "KeepAlivePlatform"], swiftSettings: strict),
        .systemLibrary(
            name: "CKeepAliveSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
        .target(
            name: "KeepAliveSQLite", dependencies: ["CKeepAliveSQLite", "KeepAlivePlatform"],
            swiftSettings: strict),
        .systemLibrary(
            name: "CKeepAliveCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .target(
            name: "KeepAliveCurl", dependencies: ["CKeepAliveCurl", "KeepAlivePlatform"], swiftSettings: strict),
        .systemLibrary(
            name: "CKeepAlivePostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .target(
            name: "KeepAlivePostgreSQL", dependencies: ["CKeepAlivePostgreSQL", "KeepAlivePlatform"],
            swiftSettings: strict),
        .target(
            name: "KeepAliveLeaseStore", dependencies: ["KeepAliveLease", "KeepAlivePostgreSQL", "KeepAlivePlatform"],
            swiftSettings: strict),
        .systemLibrary(name: "CKeepAliveResolver"),
        .target(
            name: "KeepAliveNetwork", dependencies: ["CKeepAliveResolver", "KeepAlivePlatform"], swiftSettings: strict),
        .target(name: "CKeepAliveStart"),
        .target(name: "CKeepAliveSpawn"),
        .executableTarget(
            name: "KeepAliveCasinoBot",
            dependencies: [
                "KeepAliveKit", "KeepAliveSQLite", "KeepAlivePostgreSQL", "KeepAliveCurl", "CKeepAliveStart",
            ],
            path: "Sources/casino-bot", swiftSettings: strict),
        .executableTarget(
            name: "KeepAliveHealthCheck", dependencies: ["KeepAliveToolSupport", "KeepAliveKit", "KeepAlivePlatform"],
            path: "Sources/health-check", swiftSettings: strict),
        .executableTarget(
            name: "KeepAliveLauncher",
            dependencies: [
                "KeepAliveLease", "KeepAliveToolSupport", "KeepAliveKit", "KeepAlivePlatform", "CKeepAliveSpawn",
            ],
            path: "Sources/launcher",
            swiftSettings: strict),
        .executableTarget(
            name: "KeepAliveLeaseKeeper",
            dependencies: [
                "KeepAliveLease", "KeepAliveLeaseStore", "KeepAlivePostgreSQL", "KeepAliveToolSupport", "KeepAliveKit",
                "KeepAlivePlatform",
            ],
            path: "Sources/lease-keeper", swiftSettings: strict),
        .executableTarget(
            name: "KeepAliveHealthMonitor",
            dependencies: [
                "KeepAliveToolSupport", "KeepAliveKit", "KeepAlivePlatform", "KeepAliveSQLite", "KeepAliveCurl",
                "KeepAlivePostgreSQL", "KeepAliveNetwork", "KeepAliveLease", "KeepAliveLeaseStore", "CKeepAliveStart",
            ],
            path: "Sources/health-monitor", swiftSettings: strict),

        // A test target, which no other package sees.
        .testTarget(name: "KeepAliveTestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "TestSupportTests", dependencies: ["KeepAliveTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "CasinoBotTests",
            dependencies: [
                "KeepAliveCasinoBot", "KeepAliveKit", "KeepAliveSQLite", "KeepAlivePostgreSQL", "KeepAliveCurl",
                "KeepAlivePlatform", "KeepAliveTestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "EndToEnd",
            dependencies: [
                "KeepAliveCasinoBot", "KeepAliveSQLite", "KeepAlivePostgreSQL", "KeepAliveTestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "KeepAlivePlatformTests",
            dependencies: ["KeepAliveKit", "KeepAlivePlatform", "KeepAliveTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "KeepAliveToolSupportTests",
            dependencies: ["KeepAliveToolSupport", "KeepAliveKit", "KeepAlivePlatform", "KeepAliveTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "KeepAliveKitTests",
            dependencies: ["KeepAliveToolSupport", "KeepAliveKit", "KeepAlivePlatform", "KeepAliveTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "KeepAliveLeaseTests",
            dependencies: ["KeepAliveLease", "KeepAliveKit", "KeepAlivePlatform", "KeepAliveTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "LeaseKeeperTests",
            dependencies: [
                "KeepAliveLeaseKeeper", "KeepAliveLease", "KeepAliveLeaseStore", "KeepAlivePostgreSQL",
                "KeepAlivePlatform",
                "KeepAliveTestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "KeepAliveSQLiteTests",
            dependencies: ["KeepAliveSQLite", "KeepAlivePlatform", "KeepAliveTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "KeepAlivePostgreSQLTests",
            dependencies: ["KeepAlivePostgreSQL", "KeepAlivePlatform", "KeepAliveTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "KeepAliveCurlTests", dependencies: ["KeepAliveCurl", "KeepAliveTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "KeepAliveNetworkTests",
            dependencies: ["KeepAliveNetwork", "KeepAlivePlatform", "KeepAliveTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "HealthCheckTests",
            dependencies: [
                "KeepAliveToolSupport", "KeepAliveHealthCheck", "KeepAliveKit", "KeepAlivePlatform",
                "KeepAliveTestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "LauncherTests",
            dependencies: [
                "KeepAliveToolSupport", "KeepAliveLauncher", "KeepAliveKit", "KeepAlivePlatform",
                "KeepAliveTestSupport",
            ], swiftSettings: strict),
        .executableTarget(
            name: "KeepAliveStuckBot", dependencies: ["KeepAliveKit", "KeepAlivePlatform"], path: "Tests/StuckBot",
            swiftSettings: strict),
        .testTarget(
            name: "HealthMonitorTests",
            dependencies: [
                "KeepAliveToolSupport",
                "KeepAliveHealthMonitor", "KeepAliveKit", "KeepAlivePlatform", "KeepAliveSQLite", "KeepAliveCurl",
                "KeepAlivePostgreSQL", "KeepAliveNetwork", "KeepAliveLease", "KeepAliveTestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "EndToEndWatch",
            dependencies: [
                "KeepAliveToolSupport", "KeepAliveCasinoBot", "KeepAliveHealthCheck", "KeepAliveKit",
                "KeepAlivePlatform", "KeepAliveTestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "EndToEndMonitor",
            dependencies: [
                "KeepAliveHealthMonitor", "KeepAliveCasinoBot", "KeepAlivePlatform", "KeepAliveSQLite",
                "KeepAliveTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTelemetry",
            dependencies: [
                "KeepAliveToolSupport",
                "KeepAliveHealthMonitor", "KeepAliveLauncher", "KeepAliveCasinoBot", "KeepAliveKit",
                "KeepAlivePlatform",
                "KeepAliveTestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "EndToEndLauncher",
            dependencies: [
                "KeepAliveToolSupport",
                "KeepAliveLauncher", "KeepAliveLeaseKeeper", "KeepAliveHealthCheck", "KeepAliveCasinoBot",
                "KeepAliveStuckBot", "KeepAliveKit",
                "KeepAlivePlatform",
                "KeepAliveTestSupport",
            ], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
