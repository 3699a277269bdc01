// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "discord-gateway",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "KeepAliveKit", path: "../..")],
    targets: [
        .executableTarget(
            name: "GatewayBot",
            dependencies: [.product(name: "KeepAliveKit", package: "KeepAliveKit")])
    ],
    swiftLanguageModes: [.v6]
)
