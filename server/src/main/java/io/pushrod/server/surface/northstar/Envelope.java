package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonObjectWriter;
import org.jspecify.annotations.Nullable;

/// Northstar's form of a refusal.
///
/// @param gate what blocked it; null unless something was switched off
/// @param kind of thing that was asked for: `chat`, `canvas` …; null for none
/// @param details a JSON object
record Envelope(
    String code,
    String message,
    int status,
    @Nullable String gate,
    @Nullable String kind,
    String details) {
  static final String GENERAL = "http.exception";

  static Envelope of(String code, String message, int status, @Nullable String kind) {
    return new Envelope(code, message, status, null, kind, "{}");
  }

  /// The same with one detail.
  Envelope with(String name, String value) {
    ByteBuf json = Unpooled.buffer(64);
    new JsonObjectWriter(json).text(name, value).end();
    return new Envelope(code, message, status, gate, kind, json.toString(UTF_8));
  }

  static Envelope ticketMissing(String kind) {
    return of("auth.ticket_missing", "Auth or ticket required", 401, kind);
  }

  static Envelope ticketInvalid(String why, String kind) {
    return of("auth.ticket_invalid", why, 401, kind);
  }

  /// Something is switched off.
  ///
  /// @param action that was wanted; null when it was none in particular
  static Envelope switchedOff(@Nullable String action, String kind) {
    Envelope blocked =
        new Envelope(
            "kill_switch.blocked", "Blocked by kill switch", 403, "kill_switch", kind, "{}");
    return action == null ? blocked : blocked.with("action", action);
  }

  /// A thread or canvas that is none, or not the caller's: nobody can tell which.
  static Envelope notFound(String kind) {
    return of(GENERAL, kind.equals("canvas") ? "Canvas not found" : "Thread not found", 404, null);
  }

  static Envelope cursorInvalid(String cursor, String kind) {
    return of(kind + ".cursor_invalid", "Cursor invalid or expired: " + cursor, 410, null)
        .with("cursor", cursor);
  }

  /// What was refused before it came to this language.
  static Envelope of(RequestException why, @Nullable String kind) {
    ErrorCode code = why.code();
    String message = String.valueOf(why.getMessage());
    return switch (code) {
      case KILL_SWITCH -> switchedOff(null, kind == null ? "auth" : kind);
      case NOT_FOUND -> notFound(kind == null ? "chat" : kind);
      case INTERNAL -> of("internal.error", "Internal server error", 500, null);
      case UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED, FORBIDDEN ->
          of(GENERAL, message, code.status(), null);
      default ->
          code.status() == 400 || code.status() == 413 ? invalid(message) : general(message, code);
    };
  }

  private static Envelope general(String message, ErrorCode code) {
    return of(GENERAL, message, code.status(), null).with("reason", code.label());
  }

  /// A body or a parameter that is wrong.
  static Envelope invalid(String what) {
    ByteBuf json = Unpooled.buffer(128);
    JsonObjectWriter details = new JsonObjectWriter(json).name("errors");
    json.writeByte('[');
    new JsonObjectWriter(json).text("msg", what).end();
    json.writeByte(']');
    details.end();
    return new Envelope(
        "validation.error", "Validation failed", 400, null, null, json.toString(UTF_8));
  }

  String json() {
    ByteBuf json = Unpooled.buffer(256);
    JsonObjectWriter outer = new JsonObjectWriter(json).name("error");
    JsonObjectWriter error =
        new JsonObjectWriter(json)
            .text("code", code)
            .text("message", message)
            .number("http_status", status);
    orNull(error, "gate", gate).raw("action_name", "null");
    orNull(error, "resource_kind", kind).raw("details", details).end();
    outer.end();
    return json.toString(UTF_8);
  }

  static JsonObjectWriter orNull(JsonObjectWriter object, String name, @Nullable String text) {
    return text == null ? object.raw(name, "null") : object.text(name, text);
  }
}
