package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.storage.RecordTable;
import io.pushrod.server.storage.RecordTable.Kept;
import io.pushrod.server.storage.RecordTable.Swapped;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The sessions of a deployment. One that was not asked for within its life is forgotten; when
/// there are too many, anonymous ones go first.
///
/// Types and roles are not kept: each credential says them anew.
///
/// **Thread:** any; answers come on the shard of the moment.
final class Sessions {
  private static final int MAX_ID_CHARS = 64;
  private static final int OF_ANONYMOUS = 0;
  private static final int OF_USER = 1;

  private final RecordTable table;

  Sessions(RecordTable table) {
    this.table = table;
  }

  /// A session by its id, which lives on from now. One of a user comes as registered, without
  /// roles.
  CompletionStage<@Nullable UserSession> find(String id, Moment now) {
    return id.length() > MAX_ID_CHARS
        ? CompletableFuture.<@Nullable UserSession>completedFuture(null)
        : table
            .findByAlias(id)
            .<@Nullable UserSession>thenApplyAsync(
                found -> found == null ? null : read(found), now.shard());
  }

  /// The session of a fingerprint, a new one if there is none.
  CompletionStage<UserSession> anonymous(String tenant, String fingerprint, Moment now) {
    UserSession fresh =
        new UserSession(
            UUID.randomUUID().toString(),
            tenant,
            UserType.ANONYMOUS,
            "",
            List.of(),
            fingerprint,
            now.millis());
    return of(Names.of("anonymous", tenant, fingerprint), OF_ANONYMOUS, fresh, now);
  }

  /// The session of a user, a new one if there is none, with this type and these roles.
  CompletionStage<UserSession> user(
      String tenant,
      String user,
      UserType type,
      List<String> roles,
      String fingerprint,
      Moment now) {
    UserSession fresh =
        new UserSession(
            UUID.randomUUID().toString(), tenant, type, user, roles, fingerprint, now.millis());
    return of(Names.of("user", tenant, user), OF_USER, fresh, now)
        .thenApply(known -> known.with(type, roles));
  }

  private CompletionStage<UserSession> of(String key, int rank, UserSession fresh, Moment now) {
    return table
        .find(key)
        .thenComposeAsync(
            found ->
                found == null
                    ? add(new Kept(key, fresh.id(), rank, bytes(fresh)), fresh, now)
                    : CompletableFuture.completedFuture(read(found)),
            now.shard());
  }

  private CompletionStage<UserSession> add(Kept kept, UserSession fresh, Moment now) {
    return table
        .swap(null, kept)
        .thenApplyAsync(
            swapped -> {
              now.metrics().count(Counter.LIMIT_SURFACE_SESSIONS, swapped.forgotten());
              return added(swapped, fresh);
            },
            now.shard());
  }

  /// Somebody else may have been first.
  private static UserSession added(Swapped swapped, UserSession fresh) {
    Kept other = swapped.now();
    return swapped.done() || other == null ? fresh : read(other);
  }

  private static byte[] bytes(UserSession session) {
    ByteBuf out = Unpooled.buffer(256);
    new JsonObjectWriter(out)
        .text("id", session.id())
        .text("tenant", session.tenant())
        .text("user", session.user())
        .text("fingerprint", session.fingerprint())
        .number("created", session.createdMillis())
        .end();
    return ByteBufUtil.getBytes(out);
  }

  private static UserSession read(Kept kept) {
    Node json = Node.parse(Unpooled.wrappedBuffer(kept.value()));
    String user = json.exact("user");
    return new UserSession(
        json.exact("id"),
        json.exact("tenant"),
        user.isEmpty() ? UserType.ANONYMOUS : UserType.REGISTERED,
        user,
        List.of(),
        json.exact("fingerprint"),
        json.number("created"));
  }
}
