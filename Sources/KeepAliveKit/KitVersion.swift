/// The version of the kit and of its programs.
package let kitVersion = "1.0.0-rc.1"
