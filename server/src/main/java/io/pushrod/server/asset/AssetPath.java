package io.pushrod.server.asset;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Where an asset is: in `media` under an id of its own, or in `datasets` under a path that its
/// uploader chose.
///
/// @param tenant whose it is
/// @param path below the tenant, of [safe names][AssetName]: `media/<asset_id>/<filename>` or
///   `datasets/…`
public record AssetPath(String tenant, String path) {
  private static final String MEDIA = "media/";
  private static final String DATASETS = "datasets/";
  private static final int MAX_LENGTH = 1_000;
  private static final int MAX_SEGMENTS = 16;
  private static final int MAX_FOLDER_LENGTH = 200;

  /// @param id as [Assets#newId] makes them
  /// @param name safe
  static AssetPath media(String tenant, String id, String name) {
    return new AssetPath(tenant, MEDIA + id + '/' + name);
  }

  /// A path that is asked for.
  ///
  /// @return null if no asset can have it
  public static @Nullable AssetPath find(String tenant, String path) {
    boolean known = path.startsWith(DATASETS) || path.matches("media/[0-9a-f]{32}/[^/]+");
    return known && isSafe(path) ? new AssetPath(tenant, path) : null;
  }

  /// The place of a dataset.
  ///
  /// @throws RequestException `BAD_REQUEST` if one of its names is not [safe][AssetName]
  public static AssetPath dataset(String tenant, String path) {
    String whole = DATASETS + path;
    if (!isSafe(whole)) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST,
          "path: not to be stored (expected: at most "
              + (MAX_SEGMENTS - 1)
              + " names of 1-"
              + AssetName.MAX_LENGTH
              + " characters of A-Z a-z 0-9 . _ - ( ) + , = @, none hidden)");
    }
    return new AssetPath(tenant, whole);
  }

  private static boolean isSafe(String path) {
    if (path.length() > MAX_LENGTH) {
      return false;
    }
    String[] names = path.split("/", -1);
    if (names.length > MAX_SEGMENTS) {
      return false;
    }
    for (String name : names) {
      if (!AssetName.isSafe(name)) {
        return false;
      }
    }
    return true;
  }

  /// What the answer to an upload calls `asset_id`: the id of media, the whole path of a dataset.
  public String id() {
    return path.startsWith(MEDIA) ? path.substring(MEDIA.length(), path.lastIndexOf('/')) : path;
  }

  /// The stored name.
  public String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /// What a grant has to allow, among topics.
  public String grant() {
    return "assets/" + path;
  }

  /// Where it is served.
  public String url() {
    StringBuilder url = new StringBuilder("/assets/").append(encoded(tenant));
    for (String name : path.split("/", -1)) {
      url.append('/').append(encoded(name));
    }
    return url.toString();
  }

  /// The path in a store: the tenant's folder and [#path].
  public String key() {
    return folder(tenant) + '/' + path;
  }

  /// Where its [AssetMeta] is in a store: beside it, under a name that no asset can have.
  public String metaKey() {
    String key = key();
    int slash = key.lastIndexOf('/') + 1;
    return key.substring(0, slash) + metaName(key.substring(slash));
  }

  static String metaName(String name) {
    return '.' + name + ".json";
  }

  /// The folder of a tenant: its name, with what is not safe there as `%XX`. Two tenants never have
  /// the same.
  public static String folder(String tenant) {
    StringBuilder folder = new StringBuilder();
    for (byte b : tenant.getBytes(UTF_8)) {
      boolean plain = isAlphanumeric(b) || b == '-' || b == '_' || (b == '.' && !folder.isEmpty());
      append(folder, b, plain);
    }
    return folder.length() <= MAX_FOLDER_LENGTH ? folder.toString() : "%" + hash(tenant);
  }

  private static String encoded(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      append(out, b, isAlphanumeric(b) || "-._~".indexOf(b) >= 0);
    }
    return out.toString();
  }

  private static void append(StringBuilder out, byte b, boolean plain) {
    if (plain) {
      out.append((char) b);
    } else {
      out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
    }
  }

  private static boolean isAlphanumeric(byte b) {
    return (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
  }

  private static String hash(String text) {
    return HexFormat.of().formatHex(sha256().digest(text.getBytes(US_ASCII)));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("sha-256: none (expected: in every JDK)", e);
    }
  }
}
