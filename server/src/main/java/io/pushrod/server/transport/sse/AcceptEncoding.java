package io.pushrod.server.transport.sse;

import java.util.List;
import java.util.Locale;

/// What a request says about content codings (RFC 9110 section 12.5.3).
final class AcceptEncoding {
  /// Nothing was said of a coding.
  private static final int UNSAID = -1;

  private AcceptEncoding() {}

  /// Whether gzip is asked for, and not less than no coding at all. Who says nothing asks for
  /// nothing.
  ///
  /// @param headers the values of all `Accept-Encoding` headers
  static boolean prefersGzip(List<String> headers) {
    int gzip = UNSAID;
    int identity = UNSAID;
    int any = UNSAID;
    for (String header : headers) {
      for (String part : header.split(",", -1)) {
        int semicolon = part.indexOf(';');
        String coding = (semicolon < 0 ? part : part.substring(0, semicolon)).strip();
        int weight = semicolon < 0 ? 1000 : weight(part.substring(semicolon + 1));
        switch (coding.toLowerCase(Locale.ROOT)) {
          case "gzip", "x-gzip" -> gzip = Math.max(gzip, weight);
          case "identity" -> identity = weight;
          case "*" -> any = weight;
          default -> {}
        }
      }
    }
    int asked = gzip == UNSAID ? any : gzip;
    return asked > 0 && asked >= identity;
  }

  /// Thousandths; 0 for what is no weight.
  private static int weight(String parameter) {
    String text = parameter.strip();
    if (!text.matches("[qQ]\\s*=\\s*(0(\\.[0-9]{0,3})?|1(\\.0{0,3})?)")) {
      return 0;
    }
    String value = text.substring(text.indexOf('=') + 1).strip();
    return (int) Math.round(Double.parseDouble(value) * 1000);
  }
}
