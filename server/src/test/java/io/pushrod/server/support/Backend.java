package io.pushrod.server.support;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Where the topics of the servers under test are kept: `-Dpushrod.test.backend=disk` and `=redis`
/// run the same tests on another one.
///
/// **Thread:** any.
enum Backend {
  MEMORY,
  DISK,
  REDIS;

  private static final AtomicInteger USERS = new AtomicInteger();

  /// Of all tests of this process, so that none pays for its start; it ends with the process. What
  /// streams are trimmed to is exact with nodes of one entry.
  private static final class SharedRedis {
    static final RedisServer SERVER = RedisServer.start("", "--stream-node-max-entries", "1");

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close));
    }
  }

  static Backend present() {
    String name = System.getProperty("pushrod.test.backend", "memory");
    for (Backend backend : values()) {
      if (backend.name().equalsIgnoreCase(name)) {
        return backend;
      }
    }
    throw new AssertionError("pushrod.test.backend: " + name + " (expected: memory, disk, redis)");
  }

  /// What a server that shares its topics with no other needs.
  ///
  /// @param data a folder of this server alone
  List<String> settings(Path data) {
    return switch (this) {
      case MEMORY -> List.of();
      case DISK ->
          List.of(
              "storage.backend=disk",
              "storage.disk.path=" + data.resolve("topics"),
              "storage.disk.ack=written");
      case REDIS ->
          List.of(
              "storage.backend=redis",
              "storage.redis.url=" + sharedRedis().url(),
              "storage.redis.key_prefix=test" + USERS.incrementAndGet() + ":",
              "storage.redis.reconcile=100ms");
    };
  }

  private static RedisServer sharedRedis() {
    RedisServer.assumeInstalled();
    return SharedRedis.SERVER;
  }
}
