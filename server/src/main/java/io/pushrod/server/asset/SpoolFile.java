package io.pushrod.server.asset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A file that is on its way.
///
/// **Thread:** one at a time, no event loop.
final class SpoolFile {
  private final Path file;
  private final FileChannel channel;
  private final MessageDigest digest = AssetPath.sha256();
  private long size;
  private String sha256 = "";

  private SpoolFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  static SpoolFile create(Path file) throws IOException {
    return new SpoolFile(
        file,
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)));
  }

  void write(ByteBuffer bytes) throws IOException {
    size += bytes.remaining();
    digest.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      var _ = channel.write(bytes);
    }
  }

  /// Nothing more follows: it is on the disk when this returns.
  ///
  /// @return the beginning of a text, or null
  @Nullable String seal(boolean text) throws IOException {
    sha256 = HexFormat.of().formatHex(digest.digest());
    String preview = null;
    if (text) {
      ByteBuffer start = ByteBuffer.allocate((int) Math.min(size, AssetTypes.PREVIEW_BYTES));
      while (start.hasRemaining() && channel.read(start, start.position()) > 0) {
        // Until it is full.
      }
      preview = AssetTypes.preview(start.flip());
    }
    channel.force(true);
    channel.close();
    return preview;
  }

  /// Removes it, whether it was moved already or not.
  void delete() throws IOException {
    channel.close();
    var _ = Files.deleteIfExists(file);
  }

  Path path() {
    return file;
  }

  long size() {
    return size;
  }

  String sha256() {
    return sha256;
  }
}
