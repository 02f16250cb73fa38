package io.pushrod.bench.faults;

import io.pushrod.bench.run.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One server, with a link between it and each of ours.
///
/// **Thread:** one at a time.
final class SingleRedis implements RedisUnderTest {
  /// Less than it holds.
  static final long SMALL_BYTES = 1 << 20;

  private final RedisProcess server;
  private final List<Proxy> links = new ArrayList<>();

  SingleRedis(Path logs, int maxSeconds) throws IOException {
    server = RedisProcess.server("redis", FreePorts.of(1).getFirst(), logs, maxSeconds, List.of());
  }

  @Override
  public void start() throws IOException, InterruptedException {
    server.start();
  }

  @Override
  public List<String> settings() throws IOException {
    Proxy link = Proxy.to("127.0.0.1", server.port());
    links.add(link);
    return List.of("storage.redis.url=redis://127.0.0.1:" + link.port());
  }

  @Override
  public List<Proxy> links() {
    return List.copyOf(links);
  }

  @Override
  public void kill(int which, long millis) throws IOException, InterruptedException {
    server.kill();
    TimeUnit.MILLISECONDS.sleep(millis);
    server.start();
  }

  @Override
  public void freeze(int which, long millis) throws IOException, InterruptedException {
    server.freeze();
    TimeUnit.MILLISECONDS.sleep(millis);
    server.thaw();
  }

  @Override
  public void fill(int which, long millis) throws InterruptedException {
    server.limit(SMALL_BYTES);
    TimeUnit.MILLISECONDS.sleep(millis);
    server.limit(0);
  }

  @Override
  public void close() throws IOException {
    for (Proxy each : links) {
      each.close();
    }
    server.close();
  }
}
