// swift-tools-version: 6.1

import PackageDescription

let kit: Target.Dependency = .product(name: "KeepAliveKit", package: "KeepAliveKit")

// A package of its own, so that the kit's has no dependencies, not even this one.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "KeepAliveKit", path: "..")],
    targets: [
        .executableTarget(name: "health-server", dependencies: [kit]),
        .executableTarget(name: "record-cost", dependencies: [kit]),
        .executableTarget(name: "bare-bot"),
        .executableTarget(name: "kit-bot", dependencies: [kit]),
    ],
    swiftLanguageModes: [.v6]
)
