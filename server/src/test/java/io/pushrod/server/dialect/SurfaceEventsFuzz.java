package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.server.support.Claim;
import java.util.List;
import java.util.Map;

/// Any input: what a client of CIRIS says is a request or refused, and its answers are JSON; as the
/// payload of an event it becomes JSON in the words of Argos and CIRIS.
public final class SurfaceEventsFuzz {
  private static final ArgosResource JOB = new ArgosResource("ingest.job");

  private SurfaceEventsFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    ByteBuf in = Unpooled.wrappedBuffer(input);
    try {
      CirisRequest request = CirisRequest.parse(in, 0, input.length);
      isJson(CirisFrames.added(0, request.names(), request.names(), List.of(request.verb())));
      isJson(CirisFrames.subscriptionUpdate(0, request.names()));
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
    }
    try {
      ByteBuf data = Unpooled.buffer();
      JsonScanner.check(in, 0, input.length);
      JsonScanner.compact(in, 0, input.length, data);
      events(data);
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
    }
    Claim.that(in.readerIndex() == 0, "the bytes stay the caller's");
  }

  private static void events(ByteBuf data) {
    for (String type : List.of("ingest.job.updated", "gap")) {
      ByteBuf event = Unpooled.buffer();
      ByteBufUtil.writeAscii(event, "{\"id\":\"1z-7\",\"seq\":7,\"topic\":\"t\",\"type\":\"");
      ByteBufUtil.writeAscii(event, type);
      ByteBufUtil.writeAscii(event, "\",\"ts\":1795241760123,\"data\":");
      event.writeBytes(data, data.readerIndex(), data.readableBytes());
      event.writeByte('}');
      ArgosEvents argos = new ArgosEvents();
      renders(argos, event);
      argos.ends(JOB, "j1");
      renders(new CirisEvents(), event);
      renders(new CirisSteps(), event);
      renders(new CirisChannelEvents(Map.of("t", "c")), event);
      isJson(ArgosEvents.Snapshot.of(JOB, event.toString(UTF_8)).json());
    }
  }

  private static void renders(EventRenderer events, ByteBuf event) {
    Claim.that(events.render(71, 7, event, 0, event.readableBytes()), "it is rendered");
    ByteBuf json = events.json();
    JsonScanner.check(json, json.readerIndex(), json.readableBytes());
    Claim.that(json.indexOf(json.readerIndex(), json.writerIndex(), (byte) '\n') < 0, "one line");
  }

  private static void isJson(String text) {
    ByteBuf json = Unpooled.copiedBuffer(text, UTF_8);
    JsonScanner.check(json, 0, json.readableBytes());
  }
}
