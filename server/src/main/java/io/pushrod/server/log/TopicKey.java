package io.pushrod.server.log;

/// Identity of a topic: the tenant comes first in every key, so no name of one tenant ever meets
/// another's.
public final class TopicKey {
  private final String tenant;
  private final String name;
  private final int hash;

  public TopicKey(String tenant, String name) {
    this.tenant = tenant;
    this.name = name;
    int h = tenant.hashCode() * 31 + name.hashCode();
    this.hash = h ^ (h >>> 16);
  }

  public String tenant() {
    return tenant;
  }

  public String name() {
    return name;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TopicKey that
        && hash == that.hash
        && name.equals(that.name)
        && tenant.equals(that.tenant);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return tenant + ':' + name;
  }
}
