package io.pushrod.server.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.server.support.Claim;
import java.util.List;

/// Any message is dropped or becomes an event that a log may take as it is.
public final class RelayFuzz {
  private static final List<Producers> ALL =
      List.of(
          new KdcubeProducers("c.", TopicPattern.of("t/{id}"), null),
          new DockrionProducers(TopicPattern.of("t/{id}")),
          new NorthstarProducers(TopicPattern.of("t/{id}")));

  private RelayFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    Fields message = Fields.of(input);
    if (message == null) {
      return;
    }
    for (Producers each : ALL) {
      Relayed event = each.read("t/1", message);
      if (event != null) {
        check(event);
      }
    }
  }

  private static void check(Relayed event) {
    Claim.that(TypeName.isPublishable(event.type()), "a type that may be published");
    Claim.that(event.sequence() >= 0, "a sequence");
    Claim.that(
        event.timestampMillis() >= 0 && event.timestampMillis() < 253_402_300_800_000L, "a time");
    byte[] ids = ("{\"x\":0" + event.ids() + '}').getBytes(US_ASCII);
    try {
      Claim.that(
          JsonScanner.check(Unpooled.wrappedBuffer(ids), 0, ids.length)
              && JsonScanner.check(event.data(), 0, event.data().readableBytes()),
          "compact JSON");
    } catch (RequestException e) {
      Claim.that(false, "JSON");
    }
    Claim.that(
        event.type().indexOf('"') < 0 && !event.data().toString(US_ASCII).contains("\n"),
        "one line");
    Claim.that(
        JsonMembers.isObject(Unpooled.wrappedBuffer(ids), 0, ids.length), "ids of an object");
  }
}
