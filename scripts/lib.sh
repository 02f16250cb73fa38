# What the scripts here share; sourced, not run.

jdk_wanted=25

# The major version of the JDK in a folder, or 0. Its release file tells without starting a JVM.
jdk_version() {
  [ -x "$1/bin/javac" ] || { echo 0; return; }
  { cat "$1/release" 2>/dev/null || "$1/bin/java" -version 2>&1; } |
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p; s/.*version "\([0-9]*\).*/\1/p' | grep -m 1 . || echo 0
}

# Prints the folder of a JDK that is new enough: JAVA_HOME, the one on the PATH, or one in a usual place.
find_jdk() {
  local candidate on_path
  on_path=$(command -v java || true)
  [ -n "$on_path" ] && on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /usr/local/lib/jvm/* /opt/java/* /opt/jdk* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$candidate" ] && [ "$(jdk_version "$candidate")" -ge "$jdk_wanted" ]; then
      echo "$candidate"
      return
    fi
  done
  echo "$(basename "$0"): no JDK $jdk_wanted or newer found; install one (Temurin $jdk_wanted, for example) or set JAVA_HOME" >&2
  return 1
}

# What every JVM of this project runs with; the one place that says it is the pom.
jvm_flags() {
  sed -n 's:.*<jvm.flags>\(.*\)</jvm.flags>.*:\1:p' "$root/pom.xml"
}
