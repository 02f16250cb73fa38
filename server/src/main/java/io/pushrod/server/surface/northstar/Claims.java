package io.pushrod.server.surface.northstar;

import io.pushrod.codec.IdField;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.session.Identity;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What somebody says about a request: headers and query, a hello, or a ticket; not checked yet.
/// None of it is trusted but what a ticket says.
///
/// Names are those of hello: `tenant_id`, `mode`, `project_id`, `app_id`, `surface_id`, `user_id`
/// and `request_id`.
record Claims(Map<String, String> said) {
  static final Set<String> NAMES =
      Set.of("tenant_id", "mode", "project_id", "app_id", "surface_id", "user_id", "request_id");
  static final Set<String> MODES = Set.of("saas", "enterprise", "lab");

  private static final Map<String, String> HEADERS =
      Map.of(
          "tenant_id", "X-Tenant-Id",
          "mode", "X-Mode",
          "project_id", "X-Project-Id",
          "app_id", "X-App-Id",
          "surface_id", "X-Surface-Id",
          "user_id", "X-User-Id",
          "request_id", "X-Request-Id");
  private static final int MAX_LENGTH = 255;

  Claims {
    said = Map.copyOf(said);
  }

  /// Of headers, which win, and the query.
  ///
  /// @throws Refusal `auth.context_mismatch` when the two say different things
  static Claims of(Exchange exchange, String kind) {
    Map<String, String> said = new LinkedHashMap<>();
    HEADERS.forEach(
        (name, header) -> {
          String inHeader = exchange.header(header);
          String inQuery = exchange.query().first(name);
          boolean both = inHeader != null && inQuery != null && !inQuery.isEmpty();
          if (both && !Objects.equals(inHeader, inQuery) && !name.equals("request_id")) {
            throw mismatch(name + " mismatch with request context", kind);
          }
          put(said, name, inHeader == null ? inQuery : inHeader, kind);
        });
    return new Claims(said);
  }

  /// Of the `context` of a hello.
  ///
  /// @throws Refusal for a member that is no text
  static Claims of(Json context, String kind) {
    Map<String, String> said = new LinkedHashMap<>();
    for (String name : NAMES) {
      put(said, name, context.text(name), kind);
    }
    return new Claims(said);
  }

  private static void put(
      Map<String, String> said, String name, @Nullable String value, String kind) {
    if (value == null || value.isEmpty()) {
      return;
    }
    if (value.length() > MAX_LENGTH || value.chars().anyMatch(Character::isISOControl)) {
      throw mismatch(name + ": invalid (expected: 1-" + MAX_LENGTH + " characters)", kind);
    }
    said.put(name, name.equals("mode") ? value.toLowerCase(Locale.ROOT) : value);
  }

  @Nullable String get(String name) {
    return said.get(name);
  }

  /// Whether it says more than who somebody is: then it has to say everything.
  boolean isContext() {
    return said.containsKey("mode")
        || said.containsKey("project_id")
        || said.containsKey("app_id")
        || said.containsKey("tenant_id");
  }

  /// These, and where they say nothing the others.
  ///
  /// @throws Refusal `auth.context_mismatch` when the two say different things
  Claims over(Claims ticket, String kind) {
    Map<String, String> both = new LinkedHashMap<>(ticket.said);
    said.forEach(
        (name, value) -> {
          String other = both.put(name, value);
          boolean free = name.equals("user_id") || name.equals("request_id");
          if (other != null && !other.equals(value) && !free) {
            throw mismatch(name + " mismatch with ticket", kind);
          }
        });
    return new Claims(both);
  }

  /// Checks that nothing is missing.
  ///
  /// @throws Refusal with the code of the first that is
  Claims complete(String kind) {
    require("mode", "auth.mode_missing", kind);
    require("project_id", "auth.project_missing", kind);
    require("app_id", "auth.app_missing", kind);
    return this;
  }

  private void require(String name, String code, String kind) {
    if (!said.containsKey(name)) {
      throw new Refusal(
          Envelope.of(code, HEADERS.get(name) + " or " + name + " is required", 400, kind));
    }
  }

  /// @param tenantStatus of the refusal of another tenant
  /// @throws Refusal for a mode that is none, or another tenant than the credential's
  Context judged(Identity who, String kind, int tenantStatus) {
    String tenant = said.get("tenant_id");
    if (tenant != null && !tenant.equals(who.tenant())) {
      throw new Refusal(Envelope.of("auth.tenant_mismatch", "Tenant mismatch", tenantStatus, kind));
    }
    String mode = said.get("mode");
    if (mode != null && !MODES.contains(mode)) {
      throw mismatch("mode must be one of saas, enterprise, lab", kind);
    }
    String user = who.user().isEmpty() ? said.get("user_id") : who.user();
    String request = said.get("request_id");
    return new Context(
        who.tenant(),
        mode,
        said.get("project_id"),
        said.get("app_id"),
        said.get("surface_id"),
        user == null ? Context.NOBODY : user,
        request == null || !IdField.isValid(request) ? UUID.randomUUID().toString() : request);
  }

  static Refusal mismatch(String message, String kind) {
    return new Refusal(Envelope.of("auth.context_mismatch", message, 400, kind));
  }
}
