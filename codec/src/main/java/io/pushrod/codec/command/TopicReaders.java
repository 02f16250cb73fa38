package io.pushrod.codec.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonElements;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.codec.json.JsonStrings;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whom a service declares to be the readers of a topic: `{"users":["ann"],"roles":["support"]}`,
/// of which either member may be missing.
///
/// @param users at most [#MAX_USERS]
/// @param roles at most [#MAX_ROLES]
public record TopicReaders(Set<String> users, Set<String> roles) {
  public static final int MAX_USERS = 1_000;
  public static final int MAX_ROLES = 100;

  /// Of a user or a role, in UTF-8.
  public static final int MAX_NAME_BYTES = 255;

  private static final byte[] USERS = "users".getBytes(US_ASCII);
  private static final byte[] ROLES = "roles".getBytes(US_ASCII);

  public TopicReaders {
    users = Set.copyOf(users);
    roles = Set.copyOf(roles);
  }

  /// Reads a declaration.
  ///
  /// @return null for `null`, which withdraws what was declared
  /// @throws RequestException `BAD_JSON`, `BAD_UTF8`, `BAD_REQUEST` or `TOO_LARGE`
  public static @Nullable TopicReaders parse(ByteBuf json, int offset, int length) {
    JsonScanner.check("readers", json, offset, length);
    if (!JsonMembers.isObject(json, offset, length)) {
      if (json.toString(offset, length, UTF_8).strip().equals("null")) {
        return null;
      }
      throw bad("readers: not an object (expected: an object or null)");
    }
    @Nullable Set<String> users = null;
    @Nullable Set<String> roles = null;
    JsonMembers members = new JsonMembers().reset(json, offset, length);
    while (members.next()) {
      if (members.nameEquals(USERS)) {
        users = names("users", json, members, MAX_USERS);
      } else if (members.nameEquals(ROLES)) {
        roles = names("roles", json, members, MAX_ROLES);
      } else {
        throw bad("readers: an unknown member (expected: users, roles)");
      }
    }
    if (users == null && roles == null) {
      throw bad("readers: neither users nor roles (expected: one of them, or both)");
    }
    return new TopicReaders(users == null ? Set.of() : users, roles == null ? Set.of() : roles);
  }

  private static Set<String> names(String what, ByteBuf json, JsonMembers members, int most) {
    if (json.getByte(members.valueOffset()) != '[') {
      throw bad(what + ": not an array (expected: an array of strings)");
    }
    Set<String> names = new LinkedHashSet<>();
    JsonElements elements = new JsonElements(json, members.valueOffset(), members.valueLength());
    for (int i = 0; elements.next(); i++) {
      if (i == most) {
        throw new RequestException(
            ErrorCode.TOO_LARGE, what + ": more than " + most + " (expected: <= " + most + ")");
      }
      if (json.getByte(elements.valueOffset()) != '"') {
        throw bad(what + ": element " + i + " (expected: a string)");
      }
      String name = JsonStrings.decode(json, elements.valueOffset(), elements.valueLength());
      if (!isName(name)) {
        throw bad(
            what + ": element " + i + " (expected: 1-" + MAX_NAME_BYTES + " bytes of Unicode)");
      }
      names.add(name);
    }
    return names;
  }

  /// A lone surrogate, which has no UTF-8, does not come back as it was.
  private static boolean isName(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_NAME_BYTES
        && ByteBufUtil.utf8Bytes(text) <= MAX_NAME_BYTES
        && new String(text.getBytes(UTF_8), UTF_8).equals(text);
  }

  /// The declaration as JSON.
  public static byte[] json(Collection<String> users, Collection<String> roles) {
    ByteBuf out = Unpooled.buffer();
    ByteBufUtil.writeAscii(out, "{\"users\":");
    write(out, users);
    ByteBufUtil.writeAscii(out, ",\"roles\":");
    write(out, roles);
    out.writeByte('}');
    return ByteBufUtil.getBytes(out);
  }

  private static void write(ByteBuf out, Collection<String> names) {
    char before = '[';
    for (String name : names) {
      out.writeByte(before);
      JsonStrings.write(out, name);
      before = ',';
    }
    ByteBufUtil.writeAscii(out, names.isEmpty() ? "[]" : "]");
  }

  private static RequestException bad(String message) {
    return new RequestException(ErrorCode.BAD_REQUEST, message);
  }
}
