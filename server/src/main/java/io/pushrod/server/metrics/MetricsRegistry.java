package io.pushrod.server.metrics;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/// All metrics of one server: shards, gauges, the JVM and the build, rendered as Prometheus text.
///
/// **Thread:** any.
public final class MetricsRegistry {
  private static final int TYPICAL_BYTES = 32 * 1024;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final List<ShardMetrics> shards = new CopyOnWriteArrayList<>();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();

  /// @param version the server's version, for `pushrod_build_info`
  public MetricsRegistry(String version) {
    registry.register(new ShardCollector(shards));
    registry.register(new JvmCollector());
    InfoSnapshot build =
        InfoSnapshot.builder()
            .name("pushrod_build")
            .help("What runs.")
            .dataPoint(
                InfoDataPointSnapshot.builder()
                    .labels(Labels.of("version", version, "java", Runtime.version().toString()))
                    .build())
            .build();
    registry.register(() -> build);
  }

  /// Counters for one more event loop; what they count is in every scrape from here on.
  public ShardMetrics shard() {
    ShardMetrics shard = new ShardMetrics();
    shards.add(shard);
    return shard;
  }

  /// Adds a value that is read at each scrape, on the scraper's thread.
  ///
  /// @throws IllegalArgumentException if the name is not a Prometheus name
  /// @throws IllegalStateException if the name is taken
  public void gauge(String name, String help, LongSupplier value) {
    registry.register(
        new NamedGauge(name) {
          @Override
          public GaugeSnapshot collect() {
            return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(
                    GaugeDataPointSnapshot.builder().value((double) value.getAsLong()).build())
                .build();
          }
        });
  }

  /// Adds values that differ in one label.
  ///
  /// @param values by the label's value
  public void gauge(String name, String help, String label, Map<String, LongSupplier> values) {
    registry.register(
        new NamedGauge(name) {
          @Override
          public GaugeSnapshot collect() {
            GaugeSnapshot.Builder all = GaugeSnapshot.builder().name(name).help(help);
            values.forEach(
                (of, value) ->
                    all.dataPoint(
                        GaugeDataPointSnapshot.builder()
                            .labels(Labels.of(label, of))
                            .value((double) value.getAsLong())
                            .build()));
            return all.build();
          }
        });
  }

  /// The sum of one counter over all shards.
  public long total(Counter counter) {
    long total = 0;
    for (ShardMetrics shard : shards) {
      total += shard.value(counter);
    }
    return total;
  }

  /// The content type of [#scrape].
  public String contentType() {
    return writer.getContentType();
  }

  /// Everything, in the text format of Prometheus.
  public byte[] scrape() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(TYPICAL_BYTES);
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /// A collector that tells its name, so that a second of that name is refused.
  private abstract static class NamedGauge
      implements io.prometheus.metrics.model.registry.Collector {
    private final String name;

    NamedGauge(String name) {
      this.name = name;
    }

    @Override
    public String getPrometheusName() {
      return name;
    }
  }
}
