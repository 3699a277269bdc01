// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "shards",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "KeepAliveKit", path: "../..")],
    targets: [
        .executableTarget(
            name: "ShardsBot",
            dependencies: [.product(name: "KeepAliveKit", package: "KeepAliveKit")])
    ],
    swiftLanguageModes: [.v6]
)
