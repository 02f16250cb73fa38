package io.pushrod.server.admin;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.JsonFields;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import io.pushrod.server.storage.Backups;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `POST /admin/backups`: copies what is stored while the server goes on.
public final class BackupEndpoint {
  private static final Logger log = LoggerFactory.getLogger(BackupEndpoint.class);
  private static final Set<String> REQUEST = Set.of("name");

  private final @Nullable Backups backups;

  /// @param backups null where topics are kept elsewhere
  public BackupEndpoint(@Nullable Backups backups) {
    this.backups = backups;
  }

  public void addTo(Router router) {
    router.add(HttpMethod.POST, "/admin/backups", this::make);
  }

  private void make(Exchange exchange) {
    AdminCalls.checkOrigin(exchange);
    String name = name(AdminCalls.json(exchange));
    if (backups == null) {
      throw new RequestException(
          ErrorCode.NOT_FOUND, "storage.backend: another (expected: disk, for backups)");
    }
    String peer = AdminCalls.peer(exchange);
    exchange.answerAfter(
        backups.make(name),
        backup -> {
          log.info("Backup: {} made for {} in {} ms", backup.folder(), peer, backup.tookMillis());
          exchange.respondJson(201, json(backup));
        });
  }

  private static @Nullable String name(String body) {
    try {
      JsonFields fields = JsonFields.parse(body, REQUEST);
      return fields.has("name") ? fields.text("name") : null;
    } catch (IllegalArgumentException e) {
      throw new RequestException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private static String json(Backups.Backup backup) {
    return JsonFields.write(
        Map.of(
            "path", backup.folder().toString(),
            "bytes", backup.bytes(),
            "topics", backup.topics(),
            "took_ms", backup.tookMillis()));
  }
}
