package io.pushrod.server.e2e;

import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.server.support.Json;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Publishers that go on whatever happens to the nodes, and tell an oracle what was acknowledged.
///
/// **Thread:** one of its own each, until they are closed.
final class SteadyPublishers implements AutoCloseable {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final DeployOracle oracle;
  private final ThreeNodes cluster;
  private final List<String> topics;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong unknown = new AtomicLong();

  /// What went wrong that may not.
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

  private volatile boolean closed;

  SteadyPublishers(DeployOracle oracle, ThreeNodes cluster, List<String> topics) {
    this.oracle = oracle;
    this.cluster = cluster;
    this.topics = List.copyOf(topics);
  }

  /// Some over the ingest port, and as many over HTTP.
  void start(int each) {
    for (int i = 0; i < each; i++) {
      String number = "" + i;
      threads.add(Thread.ofVirtual().start(() -> publishByIngest("ingest" + number)));
      threads.add(Thread.ofVirtual().start(() -> publishByHttp("http" + number)));
    }
  }

  private String topic(long number) {
    return topics.get((int) (number % topics.size()));
  }

  /// Repeats by itself what is not acknowledged, under the same number.
  private void publishByIngest(String name) {
    PublisherConfig config =
        PublisherConfig.of("127.0.0.1", cluster.port("7400"), name).withToken(cluster::token);
    try (Publisher publisher = Publisher.start(config)) {
      for (long number = 1; !closed; number++) {
        String topic = topic(number);
        String key = name + ':' + number;
        var _ =
            publisher
                .publish(Publication.of(topic, "note", "{\"key\":\"" + key + "\"}"))
                .whenComplete((published, failure) -> onSettled(topic, key, published, failure));
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void onSettled(String topic, String key, Published published, Throwable failure) {
    if (failure != null) {
      failures.add(key + ": " + failure);
    } else if (published.sequence() > 0) {
      oracle.acknowledged(topic, key, published.sequence());
    } else {
      unknown.incrementAndGet();
    }
  }

  /// Repeats what was refused, for none of it is published then. What broke off may have been
  /// published, so it is let be.
  private void publishByHttp(String name) {
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    boolean again = false;
    for (long number = 1; !closed; number += again ? 0 : 1) {
      String topic = topic(number);
      String key = name + ':' + number;
      try {
        HttpResponse<String> answer = http.send(request(topic, key), BodyHandlers.ofString());
        again = answer.statusCode() == 503;
        if (answer.statusCode() == 200) {
          oracle.acknowledged(topic, key, Json.number(answer.body(), "seq"));
        } else if (!again) {
          unknown.incrementAndGet();
        }
      } catch (IOException e) {
        again = false;
        unknown.incrementAndGet();
      } catch (InterruptedException e) {
        return;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private HttpRequest request(String topic, String key) {
    return HttpRequest.newBuilder(cluster.http("/v1/publish"))
        .header("Authorization", "Bearer " + cluster.token())
        .timeout(Duration.ofSeconds(20))
        .POST(
            BodyPublishers.ofString(
                "{\"topic\":\"%s\",\"type\":\"note\",\"data\":{\"key\":\"%s\"}}"
                    .formatted(topic, key)))
        .build();
  }

  /// Of which nobody knows whether they were published.
  long unknown() {
    return unknown.get();
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  /// Waits for what is under way.
  @Override
  public void close() {
    closed = true;
    threads.forEach(thread -> join(thread, 30));
  }

  static void join(Thread thread, int seconds) {
    try {
      thread.join(TimeUnit.SECONDS.toMillis(seconds));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
