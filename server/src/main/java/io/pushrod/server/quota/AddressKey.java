package io.pushrod.server.quota;

import java.net.InetAddress;

/// An address as one number, for counting: an IPv4 address, or the /64 network that an IPv6 address
/// is in, as whoever has one address there has them all (RFC 6177).
final class AddressKey {
  private AddressKey() {}

  /// IPv4 addresses fall into the block ::/32 of IPv6, which is reserved (RFC 4291 section 2.4).
  static long of(InetAddress address) {
    byte[] bytes = address.getAddress();
    long key = 0;
    for (int i = 0; i < Math.min(bytes.length, 8); i++) {
      key = (key << 8) | (bytes[i] & 0xff);
    }
    return key;
  }
}
