package io.pushrod.server.auth;

import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// What is kept of an API key: everything but its secret.
///
/// The key itself is `prk_<12>_<43>` in letters and digits. The first two parts are its id; the
/// last is a secret of 256 random bits, of which only the SHA-256 is kept.
///
/// @param id `prk_` and 12 characters; public
/// @param name what people call it
/// @param user empty when it stands for no user
/// @param expiresAtMillis 0 for never
/// @param sha256 of the secret, in hex
public record ApiKey(
    String id,
    String name,
    String tenant,
    String user,
    List<String> roles,
    List<String> topics,
    List<String> publish,
    List<String> own,
    List<String> tenants,
    long createdAtMillis,
    long expiresAtMillis,
    String sha256) {

  /// What every key begins with, so that scanners find one that leaked.
  public static final String PREFIX = "prk_";

  private static final int ID_CHARACTERS = 12;
  private static final int SECRET_CHARACTERS = 43;
  private static final int ID_LENGTH = PREFIX.length() + ID_CHARACTERS;
  private static final Pattern FORM = Pattern.compile("prk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}");
  private static final Pattern ID = Pattern.compile("prk_[0-9A-Za-z]{12}");
  private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}]{1,100}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final int MAX_USER_LENGTH = 255;
  private static final Set<String> MEMBERS =
      Set.of(
          "id", "name", "tenant", "user", "roles", "topics", "publish", "own", "tenants", "created",
          "expires", "sha256");

  /// @throws IllegalArgumentException whose message says what is wrong
  public ApiKey {
    require(ID.matcher(id).matches(), "id", "prk_ and 12 letters or digits");
    require(NAME.matcher(name).matches(), "name", "1-100 characters");
    require(Identity.isTenant(tenant), "tenant", "a tenant");
    require(user.length() <= MAX_USER_LENGTH, "user", "at most 255 characters");
    require(HASH.matcher(sha256).matches(), "sha256", "64 hex digits");
    for (String each : tenants) {
      require(
          each.equals(Identity.ANY_TENANT) || Identity.isTenant(each), "tenants", "tenants or *");
    }
    for (List<String> patterns : List.of(topics, publish, own)) {
      var _ = Grants.of(patterns);
    }
    roles = List.copyOf(roles);
    topics = List.copyOf(topics);
    publish = List.copyOf(publish);
    own = List.copyOf(own);
    tenants = List.copyOf(tenants);
  }

  private static void require(boolean holds, String name, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": invalid (expected: " + expected + ")");
    }
  }

  /// A new key and its secret, which is nowhere else.
  ///
  /// @param secret the whole key as its bearer shows it
  public record Created(ApiKey key, String secret) {
    /// Without the secret.
    @Override
    public String toString() {
      return "Created[" + key.id + "]";
    }
  }

  /// @param what `timeToLive` null for a key that never expires
  public static Created create(String name, TokenRequest what, long nowMillis) {
    String id = PREFIX + RandomText.of(ID_CHARACTERS);
    String secret = RandomText.of(SECRET_CHARACTERS);
    ApiKey key =
        new ApiKey(
            id,
            name,
            what.tenant(),
            what.user(),
            what.roles(),
            what.topics(),
            what.publish(),
            what.own(),
            what.tenants(),
            nowMillis,
            what.timeToLive() == null ? 0 : nowMillis + what.timeToLive().toMillis(),
            HexFormat.of().formatHex(hash(secret)));
    return new Created(key, id + '_' + secret);
  }

  /// Whether a credential claims to be an API key; nothing else begins so.
  static boolean isKey(String credential) {
    return credential.startsWith(PREFIX);
  }

  /// The id in a key, or an empty text when it has not the form of one.
  static String idOf(String credential) {
    return FORM.matcher(credential).matches() ? credential.substring(0, ID_LENGTH) : "";
  }

  static byte[] hash(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }

  /// Whether this is the key that is shown, [of the right form][#idOf]. The comparison takes the
  /// same time wherever the first difference is.
  boolean fits(String credential) {
    byte[] shown = hash(credential.substring(ID_LENGTH + 1));
    return MessageDigest.isEqual(shown, HexFormat.of().parseHex(sha256));
  }

  boolean isExpired(long nowMillis) {
    return expiresAtMillis != 0 && nowMillis >= expiresAtMillis;
  }

  Identity identity() {
    Set<String> all = new HashSet<>(tenants);
    all.add(tenant);
    return new Identity(
        tenant,
        user,
        Set.copyOf(roles),
        Grants.of(topics),
        Grants.of(publish),
        Grants.of(own),
        all,
        createdAtMillis,
        expiresAtMillis == 0 ? Long.MAX_VALUE : expiresAtMillis,
        id);
  }

  /// @throws IllegalArgumentException unless the line is one key
  static ApiKey parse(String line) {
    JsonFields fields = JsonFields.parse(line, MEMBERS);
    return new ApiKey(
        fields.text("id"),
        fields.text("name"),
        fields.text("tenant"),
        fields.text("user"),
        fields.texts("roles"),
        fields.texts("topics"),
        fields.texts("publish"),
        fields.texts("own"),
        fields.texts("tenants"),
        fields.number("created", 0),
        fields.number("expires", 0),
        fields.text("sha256"));
  }

  String line() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("id", id);
    members.put("name", name);
    members.put("tenant", tenant);
    members.put("user", user);
    members.put("roles", roles);
    members.put("topics", topics);
    members.put("publish", publish);
    members.put("own", own);
    members.put("tenants", tenants);
    members.put("created", createdAtMillis);
    members.put("expires", expiresAtMillis);
    members.put("sha256", sha256);
    return JsonFields.write(members);
  }

  /// Without the hash.
  @Override
  public String toString() {
    return "ApiKey[" + id + "]";
  }
}
