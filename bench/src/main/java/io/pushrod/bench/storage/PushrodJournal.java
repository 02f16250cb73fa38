package io.pushrod.bench.storage;

import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Variant;
import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// A Pushrod server and its Java publishers; with the backend `redis`, the Redis behind it too,
/// whose CPU is counted with it.
final class PushrodJournal implements Journal {
  /// Of the sample that [Pushrod] publishes, which has no part in this.
  private static final int SAMPLE_BYTES = 256;

  private final Place place;
  private final Pushrod server;
  private final @Nullable RedisJournal redis;
  private final AtomicLongArray lasts;

  private PushrodJournal(Place place, Pushrod server, @Nullable RedisJournal redis) {
    this.place = place;
    this.server = server;
    this.redis = redis;
    this.lasts = new AtomicLongArray(place.topics().count());
  }

  /// @param redis behind it, closed with it; null for none
  static PushrodJournal start(Place place, Variant variant, @Nullable RedisJournal redis)
      throws IOException, InterruptedException {
    List<String> settings = new ArrayList<>(variant.settings());
    settings.add("retention.events=" + place.retained());
    settings.add("storage.redis.max_events_per_run=" + place.retained());
    if (redis != null) {
      settings.add("storage.redis.url=redis://127.0.0.1:" + redis.port());
    }
    try {
      Pushrod server =
          Pushrod.start(
              place.root(),
              place.folder(),
              variant.with(settings),
              place.topics(),
              SAMPLE_BYTES,
              place.maxSeconds());
      return new PushrodJournal(place, server, redis);
    } catch (IOException | InterruptedException | RuntimeException e) {
      if (redis != null) {
        redis.close();
      }
      throw e;
    }
  }

  @Override
  public List<Long> pids() {
    List<Long> pids = new ArrayList<>(server.pids());
    if (redis != null) {
      pids.addAll(redis.pids());
    }
    return pids;
  }

  @Override
  public String version() {
    return redis == null ? "" : redis.version();
  }

  @Override
  public Pipe open(int number, Acks acks) {
    Publisher publisher = server.publisher("bench-" + number);
    List<Publication> publications = new ArrayList<>();
    for (int i = 0; i < place.topics().count(); i++) {
      publications.add(Publication.of(place.topics().name(i), "bench", place.payload()));
    }
    return new Pipe() {
      @Override
      public void send(int topic, long ticket) throws InterruptedException {
        var _ =
            publisher
                .publish(publications.get(topic))
                .whenComplete((stored, failure) -> settle(topic, ticket, stored, failure));
      }

      private void settle(
          int topic, long ticket, @Nullable Published stored, @Nullable Throwable failure) {
        if (stored == null) {
          acks.onFailure(String.valueOf(failure));
        } else {
          lasts.accumulateAndGet(topic, stored.sequence(), Math::max);
          acks.onAck(ticket);
        }
      }

      // The publisher writes by itself.
      @Override
      public void flush() {}

      @Override
      public void close() {
        publisher.close();
      }
    };
  }

  /// The topics' last sequences, as the acknowledgements told.
  @Override
  public long stored() {
    return LongStream.range(0, lasts.length()).map(i -> lasts.get((int) i)).sum();
  }

  @Override
  public void close() throws IOException {
    try {
      server.close();
    } finally {
      if (redis != null) {
        redis.close();
      }
    }
  }
}
