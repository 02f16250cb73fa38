package io.pushrod.server.asset;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// What is known about an asset, as it lies beside it.
///
/// @param name as it was sent, cut to 255 characters
/// @param user who put it here; empty when the credential named nobody
/// @param run the run that it belongs to; empty for none
/// @param thread the thread that it belongs to; empty for none
/// @param mime in lower case, without parameters
/// @param sha256 of the content, in hex
/// @param createdMillis since 1970
public record AssetMeta(
    String tenant,
    String name,
    String user,
    String run,
    String thread,
    String mime,
    long size,
    String sha256,
    long createdMillis) {

  /// One line of JSON.
  public byte[] toJson() {
    ByteBuf out = Unpooled.buffer(512);
    new JsonObjectWriter(out)
        .text("tenant", tenant)
        .text("name", name)
        .text("user", user)
        .text("run", run)
        .text("thread", thread)
        .text("mime", mime)
        .number("size", size)
        .text("sha256", sha256)
        .number("created", createdMillis)
        .end();
    byte[] json = new byte[out.readableBytes()];
    out.readBytes(json);
    return json;
  }

  /// @throws IOException if it is not what [#toJson] wrote
  public static AssetMeta parse(byte[] json) throws IOException {
    ByteBuf in = Unpooled.wrappedBuffer(json);
    Map<String, String> members = new HashMap<>();
    try {
      JsonScanner.check(in, 0, json.length);
      JsonMembers all = new JsonMembers().reset(in, 0, json.length);
      while (all.next()) {
        members.put(
            in.toString(all.nameOffset(), all.nameLength(), UTF_8),
            in.getByte(all.valueOffset()) == '"'
                ? JsonStrings.decode(in, all.valueOffset(), all.valueLength())
                : in.toString(all.valueOffset(), all.valueLength(), UTF_8));
      }
      return new AssetMeta(
          members.getOrDefault("tenant", ""),
          members.getOrDefault("name", ""),
          members.getOrDefault("user", ""),
          members.getOrDefault("run", ""),
          members.getOrDefault("thread", ""),
          members.getOrDefault("mime", AssetTypes.UNKNOWN),
          Long.parseLong(members.getOrDefault("size", "")),
          members.getOrDefault("sha256", ""),
          Long.parseLong(members.getOrDefault("created", "0")));
    } catch (RequestException | NumberFormatException e) {
      throw new IOException("asset metadata: malformed (expected: as it was written)", e);
    }
  }
}
