package io.pushrod.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.RequestException;
import io.pushrod.server.support.Claim;
import java.net.URLEncoder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Any request target is refused, or taken apart into a path, which routes match without guessing,
/// and a query, whose parameters encode to ones that read the same.
public final class TargetFuzz {
  private static final List<Template> ROUTES =
      List.of(
          Template.of("/v1/sse/{connection}"),
          Template.of("/v1/topics/{topic...}/events"),
          Template.of("/{page...}"));

  private TargetFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    Target target = target(new String(input, UTF_8));
    if (target != null) {
      Claim.that(target.path().equals("*") || target.path().startsWith("/"), "a path is rooted");
      Claim.that(target.path().indexOf('?') < 0, "a path has no query");
      if (target.path().startsWith("/")) {
        ROUTES.forEach(route -> match(route, target.path()));
      }
      query(target.query());
    }
  }

  private static @Nullable Target target(String text) {
    try {
      return Target.parse(text);
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static void match(Template route, String path) {
    try {
      Map<String, String> captures = route.match(path);
      if (captures != null) {
        Claim.equal(captures.size(), 1, "captures");
        captures.values().forEach(value -> Claim.that(!value.isEmpty(), "no empty capture"));
        captures.values().forEach(value -> Claim.that(value.indexOf(0) < 0, "no NUL"));
      }
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
    }
  }

  private static void query(String raw) {
    try {
      Query query = Query.parse(raw);
      Claim.that(query.parameters().size() <= 512, "parameters are bounded");
      StringBuilder again = new StringBuilder();
      for (Query.Parameter parameter : query.parameters()) {
        again.append('&').append(encoded(parameter.name()));
        again.append('=').append(encoded(parameter.value()));
      }
      Claim.equal(
          Query.parse(again.toString()).parameters(), query.parameters(), "encoded and read again");
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }
}
