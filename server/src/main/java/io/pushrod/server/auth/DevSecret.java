package io.pushrod.server.auth;

import com.nimbusds.jose.JWSAlgorithm;
import io.pushrod.server.config.ConfigException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/// The random secret of one data folder, which signs tokens for any tenant in development mode.
///
/// It lies in `<data>/.pushrod/dev-secret` as one line of Base64url; the bytes of that line are the
/// key, so that any JWT library can sign with what the file holds. Only its owner may read it.
public final class DevSecret {
  /// Tokens that it signs name this key.
  static final String KEY_ID = "dev";

  private static final int RANDOM_BYTES = 32;
  private static final int MAX_TEXT_LENGTH = 1_024;

  private final Path file;
  private final byte[] key;
  private final boolean created;

  private DevSecret(Path file, byte[] key, boolean created) {
    this.file = file;
    this.key = key;
    this.created = created;
  }

  public static Path file(Path dataDir) {
    return dataDir.resolve(".pushrod").resolve("dev-secret");
  }

  /// Two processes that do this at once end with the same secret.
  ///
  /// @throws ConfigException when the file is open to others, damaged, or cannot be made
  public static DevSecret loadOrCreate(Path dataDir) {
    Path file = file(dataDir);
    try {
      boolean created = !Files.exists(file) && create(file);
      return new DevSecret(file, load(file), created);
    } catch (IOException e) {
      throw new ConfigException(
          "dev secret: "
              + file
              + " (expected: a readable file in a writable folder, but "
              + e
              + ')');
    }
  }

  /// The file appears whole or not at all, and never replaces one that is there.
  ///
  /// @return whether it is ours
  private static boolean create(Path file) throws IOException {
    Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
    byte[] random = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(random);
    String line = Base64.getUrlEncoder().withoutPadding().encodeToString(random) + '\n';
    Path draft = folder.resolve("dev-secret." + ProcessHandle.current().pid() + ".tmp");
    Files.deleteIfExists(draft);
    try {
      try (FileChannel channel =
          FileChannel.open(
              draft,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              owned(folder))) {
        channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
        channel.force(true);
      }
      Files.createLink(file, draft);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private static FileAttribute<?>[] owned(Path folder) {
    return isPosix(folder)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static byte[] load(Path file) throws IOException {
    if (isPosix(file)) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      String text = PosixFilePermissions.toString(permissions);
      if (!text.endsWith("------")) {
        throw new ConfigException(
            "dev secret: "
                + file
                + ": "
                + text
                + " (expected: readable by its owner only; chmod 600 it, or delete it for a new one)");
      }
    }
    String text = Files.size(file) > MAX_TEXT_LENGTH ? "" : Files.readString(file).strip();
    if (!text.matches("[A-Za-z0-9_-]{43,}")) {
      throw new ConfigException(
          "dev secret: " + file + " (expected: one line of Base64url; delete it for a new one)");
    }
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  public Path file() {
    return file;
  }

  /// Whether this call made the file.
  public boolean created() {
    return created;
  }

  public TokenMinter minter() {
    return TokenMinter.ofSecret(KEY_ID, JWSAlgorithm.HS256, key);
  }

  VerificationKey verificationKey() {
    return VerificationKey.ofSecret(KEY_ID, JWSAlgorithm.HS256, key);
  }
}
