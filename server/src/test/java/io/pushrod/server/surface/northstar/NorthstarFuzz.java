package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.server.dialect.NorthstarEvents;
import io.pushrod.server.dialect.RenderedEvent;
import io.pushrod.server.support.Claim;
import java.util.List;

/// Any input: what a client of Northstar says is JSON or refused, it is no ticket, and as the
/// payload of an event it becomes a stream event.
public final class NorthstarFuzz {
  private static final List<String> TYPES =
      List.of("user_message", "agent_message", "token_chunk", "canvas_commit", "gap", "error");

  private static final Tickets TICKETS = new Tickets("0123456789abcdef".getBytes(UTF_8));

  private NorthstarFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    try {
      Json said = Json.parse("frame", Unpooled.wrappedBuffer(input), 0, input.length);
      Claim.that(said.isObject() || said.members().isEmpty(), "members are an object's");
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
    }
    isNoTicket(new String(input, UTF_8));
    for (NorthstarEvents.Shape shape : NorthstarEvents.Shape.values()) {
      for (String type : TYPES) {
        RenderedEvent.claim(new NorthstarEvents(shape), type, input);
      }
    }
  }

  private static void isNoTicket(String text) {
    try {
      var _ = TICKETS.verify(text, 0, "chat");
    } catch (Refusal e) {
      Claim.bounded(String.valueOf(e.getMessage()));
      return;
    }
    throw new AssertionError("nobody guesses a signature");
  }
}
