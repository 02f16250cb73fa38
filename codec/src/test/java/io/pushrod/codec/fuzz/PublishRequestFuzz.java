package io.pushrod.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.command.PublishRequest;
import io.pushrod.codec.json.JsonScanner;

/// Any body is refused, or a publication whose every part is valid.
public final class PublishRequestFuzz {
  private PublishRequestFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    ByteBuf in = Unpooled.wrappedBuffer(input);
    try {
      check(PublishRequest.parse(in, 0, input.length));
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
    }
    Claim.that(in.readerIndex() == 0, "the bytes stay the caller's");
  }

  static void check(PublishRequest request) {
    Claim.that(!request.topics().isEmpty(), "topics");
    Claim.that(request.topics().size() <= TopicName.MAX_TOPICS, "topics");
    Claim.that(request.topics().stream().allMatch(TopicName::isValid), "topics");
    Claim.that(TypeName.isPublishable(request.type()), "type");
    Claim.that(request.ids().values().stream().allMatch(IdField::isValid), "ids");
    Claim.that(request.timestampMillis() >= 0, "ts");
    byte[] data = request.data();
    Claim.that(
        JsonScanner.check(Unpooled.wrappedBuffer(data), 0, data.length), "data is compact JSON");
  }
}
