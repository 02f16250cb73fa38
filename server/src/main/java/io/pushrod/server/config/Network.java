package io.pushrod.server.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/// A block of addresses in CIDR form (RFC 4632, RFC 4291 section 2.3), or one address.
///
/// **Thread:** any; immutable.
public final class Network {
  private final byte[] first;
  private final int prefixBits;

  private Network(byte[] first, int prefixBits) {
    this.first = first;
    this.prefixBits = prefixBits;
  }

  /// @return null if the text is neither an address nor a network
  public static @Nullable Network parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      return null;
    }
    byte[] bytes = address.getAddress();
    int bits = slash < 0 ? bytes.length * 8 : prefix(text.substring(slash + 1));
    return bits < 0 || bits > bytes.length * 8 ? null : new Network(bytes, bits);
  }

  /// An address in numbers, never a name; one that maps IPv4 into IPv6 becomes the IPv4 address.
  ///
  /// @return null if the text is none
  public static @Nullable InetAddress address(String text) {
    byte[] bytes =
        text.indexOf('%') >= 0 || text.indexOf('[') >= 0
            ? null
            : NetUtil.createByteArrayFromIpAddressString(text);
    try {
      return bytes == null ? null : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("address: wrong length (expected: 4 or 16 bytes)", e);
    }
  }

  private static int prefix(String digits) {
    return digits.matches("[0-9]{1,3}") ? Integer.parseInt(digits) : -1;
  }

  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length != first.length) {
      return false;
    }
    int left = prefixBits;
    for (int i = 0; left > 0; i++, left -= 8) {
      int mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff;
      if (((bytes[i] ^ first[i]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
