package io.pushrod.bench.storage;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Variant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The journals that `--of` knows, in the order of the tables.
public enum JournalKind {
  PUSHROD_MEMORY("pushrod-memory", "the server has it in memory") {
    @Override
    Journal start(Place place, List<String> settings) throws IOException, InterruptedException {
      return pushrod(place, settings, "storage.backend=memory");
    }
  },
  PUSHROD_WRITTEN("pushrod-written", "the operating system has it: survives the process") {
    @Override
    Journal start(Place place, List<String> settings) throws IOException, InterruptedException {
      return pushrod(place, settings, "storage.backend=disk", "storage.disk.ack=written");
    }
  },
  PUSHROD_SYNCED("pushrod-synced", "the disk has it: survives the machine") {
    @Override
    Journal start(Place place, List<String> settings) throws IOException, InterruptedException {
      return pushrod(place, settings, "storage.backend=disk", "storage.disk.ack=synced");
    }
  },
  PUSHROD_REDIS(
      "pushrod-redis",
      "a Redis with appendfsync everysec has it; CPU of both processes, which share the core") {
    @Override
    Optional<String> missing(Path logs) {
      return RedisJournal.missing();
    }

    @Override
    Journal start(Place place, List<String> settings) throws IOException, InterruptedException {
      return PushrodJournal.start(
          place, variant(settings, "storage.backend=redis"), RedisJournal.start(place, "everysec"));
    }
  },
  NATS(
      "nats",
      "JetStream has written it to the operating system; synced every 2 minutes: survives the process") {
    @Override
    Optional<String> missing(Path logs) throws IOException, InterruptedException {
      return NatsJournal.missing(logs, "");
    }

    @Override
    Journal start(Place place, List<String> settings) throws IOException, InterruptedException {
      return NatsJournal.start(place, "");
    }
  },
  NATS_ALWAYS("nats-always", "sync_interval always, the disk has it: survives the machine") {
    @Override
    Optional<String> missing(Path logs) throws IOException, InterruptedException {
      return NatsJournal.missing(logs, ALWAYS);
    }

    @Override
    Journal start(Place place, List<String> settings) throws IOException, InterruptedException {
      return NatsJournal.start(place, ALWAYS);
    }
  },
  REDIS_EVERYSEC(
      "redis-everysec",
      "the operating system has it, up to 2 s later while a sync goes on; synced every second") {
    @Override
    Optional<String> missing(Path logs) {
      return RedisJournal.missing();
    }

    @Override
    Journal start(Place place, List<String> settings) throws IOException, InterruptedException {
      return RedisJournal.start(place, "everysec");
    }
  },
  REDIS_ALWAYS("redis-always", "the disk has it: survives the machine") {
    @Override
    Optional<String> missing(Path logs) {
      return RedisJournal.missing();
    }

    @Override
    Journal start(Place place, List<String> settings) throws IOException, InterruptedException {
      return RedisJournal.start(place, ALWAYS);
    }
  };

  private static final String ALWAYS = "always";

  private final String label;
  private final String promise;

  JournalKind(String label, String promise) {
    this.label = label;
    this.promise = promise;
  }

  /// The name in options and tables.
  public String label() {
    return label;
  }

  /// What an acknowledgement means.
  public String promise() {
    return promise;
  }

  /// What keeps it from running here, with how to get it; empty when it can run.
  Optional<String> missing(Path logs) throws IOException, InterruptedException {
    return Optional.empty();
  }

  /// @param settings of every server of ours
  abstract Journal start(Place place, List<String> settings)
      throws IOException, InterruptedException;

  Journal pushrod(Place place, List<String> settings, String... own)
      throws IOException, InterruptedException {
    return PushrodJournal.start(place, variant(settings, own), null);
  }

  Variant variant(List<String> settings, String... own) {
    List<String> all = new ArrayList<>(settings);
    all.addAll(List.of(own));
    Variant plain = Variant.plain(all);
    return new Variant(label, all, plain.jvmFlags(), plain.cores(), plain.compression(), null);
  }

  /// @throws BenchException for anything but a label
  public static JournalKind of(String label) {
    return Stream.of(values())
        .filter(kind -> kind.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new BenchException(
                    "--of: "
                        + label
                        + " (expected: "
                        + Stream.of(values())
                            .map(JournalKind::label)
                            .collect(Collectors.joining(", "))
                        + ")"));
  }

  /// Those that can run here.
  ///
  /// @param skipped gets what keeps each of the others from it
  public static List<JournalKind> present(List<JournalKind> wanted, Path logs, List<String> skipped)
      throws IOException, InterruptedException {
    List<JournalKind> present = new ArrayList<>();
    for (JournalKind kind : wanted) {
      kind.missing(logs)
          .ifPresentOrElse(why -> skipped.add(kind.label + ": " + why), () -> present.add(kind));
    }
    return present;
  }
}
