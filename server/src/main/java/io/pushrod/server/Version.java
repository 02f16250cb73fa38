package io.pushrod.server;

/// Which Pushrod this is.
final class Version {
  static final String TEXT = text();

  private Version() {}

  static String netty() {
    var common = io.netty.util.Version.identify().get("netty-common");
    return common == null ? "unknown" : common.artifactVersion();
  }

  /// The jar's manifest says it; a run from classes has none.
  private static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
