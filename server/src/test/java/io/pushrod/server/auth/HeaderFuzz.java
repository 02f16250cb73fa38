package io.pushrod.server.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.pushrod.server.config.AuthConfig.Carriers;
import io.pushrod.server.http.OriginPolicy;
import io.pushrod.server.support.Claim;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The headers that say who asks: `Authorization`, a parameter and `Cookie`, or `Origin` and
/// `Host`, one a line. A token comes from the carrier that wins, and is never shown.
public final class HeaderFuzz {
  private static final OriginPolicy POLICY =
      OriginPolicy.of(List.of("same", "https://app.example"));

  private static final Carriers NAMES = new Carriers("Authorization", "token", "pushrod");

  private HeaderFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    String[] lines = new String(input, ISO_8859_1).split("\n", 4);
    Credential credential =
        Credential.ofRequest(NAMES, _ -> line(lines, 0), _ -> line(lines, 1), line(lines, 2));
    if (credential != null) {
      Claim.that(
          String.join("\n", lines).contains(credential.token()), "a token is part of the request");
      Claim.equal(
          credential.toString(), "Credential[" + credential.carrier() + ", hidden]", "hidden");
    }
    String origin = line(lines, 0);
    if (POLICY.allows(origin, line(lines, 1)) && origin != null) {
      Claim.that(
          origin.equalsIgnoreCase("https://app.example") || origin.contains("://"),
          "only the same page and a named one");
    }
  }

  private static @Nullable String line(String[] lines, int index) {
    return index < lines.length && !lines[index].isEmpty() ? lines[index] : null;
  }
}
