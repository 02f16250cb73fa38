package io.pushrod.server.surface.asset;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.asset.KeptAsset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Assets as JSON.
final class AssetJson {
  private AssetJson() {}

  /// The answer to an upload of one file.
  static void kept(ByteBuf out, KeptAsset asset) {
    begin(out, asset).text("sha256", asset.meta().sha256()).end();
  }

  /// The answer to an upload of several.
  static void kept(ByteBuf out, List<KeptAsset> assets) {
    JsonObjectWriter all = new JsonObjectWriter(out).name("assets");
    out.writeByte('[');
    for (int i = 0; i < assets.size(); i++) {
      if (i > 0) {
        out.writeByte(',');
      }
      kept(out, assets.get(i));
    }
    out.writeByte(']');
    all.end();
  }

  /// The data of `artifact_written`.
  ///
  /// @param preview null for none
  static void written(ByteBuf out, KeptAsset asset, @Nullable String preview) {
    JsonObjectWriter data = begin(out, asset).text("name", asset.meta().name());
    if (preview != null) {
      data.text("preview", preview);
    }
    data.end();
  }

  private static JsonObjectWriter begin(ByteBuf out, KeptAsset asset) {
    return new JsonObjectWriter(out)
        .text("asset_id", asset.path().id())
        .text("url", asset.path().url())
        .text("mime", asset.meta().mime())
        .number("size", asset.meta().size());
  }

  static ByteBuf buffer(ByteBufAllocator alloc) {
    return alloc.directBuffer(512);
  }
}
