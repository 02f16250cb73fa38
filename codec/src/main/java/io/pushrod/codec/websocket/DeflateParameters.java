package io.pushrod.codec.websocket;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What both sides agreed on for permessage-deflate (RFC 7692 section 7.1).
///
/// @param serverNoContextTakeover whether each message of the server is compressed by itself
/// @param clientNoContextTakeover whether each message of the client is compressed by itself
/// @param serverWindowBits the server refers back at most 2 to the power of this, 8 to 15
/// @param clientWindowBits the same for the client
public record DeflateParameters(
    boolean serverNoContextTakeover,
    boolean clientNoContextTakeover,
    int serverWindowBits,
    int clientWindowBits) {
  public static final int MIN_WINDOW_BITS = 8;
  public static final int MAX_WINDOW_BITS = 15;

  private static final String EXTENSION = "permessage-deflate";
  private static final String SERVER_NO_CONTEXT_TAKEOVER = "server_no_context_takeover";
  private static final String CLIENT_NO_CONTEXT_TAKEOVER = "client_no_context_takeover";
  private static final String SERVER_MAX_WINDOW_BITS = "server_max_window_bits";
  private static final String CLIENT_MAX_WINDOW_BITS = "client_max_window_bits";

  /// The first offer that can be honoured; null for none, and then the extension is off. An offer
  /// with a parameter that is unknown, doubled or out of its bounds is declined, as section 7.1
  /// asks.
  ///
  /// @param offers the values of all `Sec-WebSocket-Extensions` headers, in order
  public static @Nullable DeflateParameters negotiate(List<String> offers) {
    for (String header : offers) {
      for (String offer : split(header, ',')) {
        DeflateParameters agreed = accept(split(offer, ';'));
        if (agreed != null) {
          return agreed;
        }
      }
    }
    return null;
  }

  /// The same with both sides compressing each message by itself. A server may ask for that
  /// whatever was offered (sections 7.1.1.1 and 7.1.1.2).
  public DeflateParameters withoutTakeover() {
    return new DeflateParameters(true, true, serverWindowBits, clientWindowBits);
  }

  /// Bytes that the server may refer back.
  public int serverWindowBytes() {
    return 1 << serverWindowBits;
  }

  /// The `Sec-WebSocket-Extensions` that answers the offer.
  public String header() {
    StringBuilder text = new StringBuilder(EXTENSION);
    if (serverNoContextTakeover) {
      text.append("; ").append(SERVER_NO_CONTEXT_TAKEOVER);
    }
    if (clientNoContextTakeover) {
      text.append("; ").append(CLIENT_NO_CONTEXT_TAKEOVER);
    }
    if (serverWindowBits != MAX_WINDOW_BITS) {
      text.append("; ").append(SERVER_MAX_WINDOW_BITS).append('=').append(serverWindowBits);
    }
    if (clientWindowBits != MAX_WINDOW_BITS) {
      text.append("; ").append(CLIENT_MAX_WINDOW_BITS).append('=').append(clientWindowBits);
    }
    return text.toString();
  }

  private static @Nullable DeflateParameters accept(List<String> parts) {
    if (!parts.getFirst().equalsIgnoreCase(EXTENSION)) {
      return null;
    }
    Set<String> seen = new HashSet<>();
    DeflateParameters agreed =
        new DeflateParameters(false, false, MAX_WINDOW_BITS, MAX_WINDOW_BITS);
    for (String part : parts.subList(1, parts.size())) {
      int equals = part.indexOf('=');
      String name = (equals < 0 ? part : part.substring(0, equals)).strip();
      String value = equals < 0 ? null : unquoted(part.substring(equals + 1).strip());
      if (!seen.add(name.toLowerCase(Locale.ROOT))) {
        return null;
      }
      agreed = agreed.with(name.toLowerCase(Locale.ROOT), value);
      if (agreed == null) {
        return null;
      }
    }
    return agreed;
  }

  private @Nullable DeflateParameters with(String name, @Nullable String value) {
    return switch (name) {
      case SERVER_NO_CONTEXT_TAKEOVER ->
          value == null
              ? new DeflateParameters(
                  true, clientNoContextTakeover, serverWindowBits, clientWindowBits)
              : null;
      case CLIENT_NO_CONTEXT_TAKEOVER ->
          value == null
              ? new DeflateParameters(
                  serverNoContextTakeover, true, serverWindowBits, clientWindowBits)
              : null;
      case SERVER_MAX_WINDOW_BITS -> {
        int bits = bits(value);
        yield bits == 0
            ? null
            : new DeflateParameters(
                serverNoContextTakeover, clientNoContextTakeover, bits, clientWindowBits);
      }
      case CLIENT_MAX_WINDOW_BITS -> {
        int bits = value == null ? MAX_WINDOW_BITS : bits(value);
        yield bits == 0
            ? null
            : new DeflateParameters(
                serverNoContextTakeover, clientNoContextTakeover, serverWindowBits, bits);
      }
      default -> null;
    };
  }

  /// 8 to 15 without leading zeros, or 0 for anything else.
  private static int bits(@Nullable String value) {
    for (int bits = MIN_WINDOW_BITS; bits <= MAX_WINDOW_BITS; bits++) {
      if (Integer.toString(bits).equals(value)) {
        return bits;
      }
    }
    return 0;
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  /// Parts between separators that stand outside quotes, stripped.
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        parts.add(text.substring(from, i).strip());
        from = i + 1;
      }
    }
    parts.add(text.substring(from).strip());
    return parts;
  }
}
