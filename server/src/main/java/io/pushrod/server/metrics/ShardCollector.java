package io.pushrod.server.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// Sums all shards into snapshots. Every counter is there from the first scrape on, at 0, so that a
/// rate has a start.
final class ShardCollector implements MultiCollector {
  private static final String TOTAL = "_total";
  private static final double NANOS_PER_SECOND = 1e9;

  private final List<ShardMetrics> shards;

  ShardCollector(List<ShardMetrics> shards) {
    this.shards = shards;
  }

  @Override
  public MetricSnapshots collect() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    counters(all);
    connections(all);
    errors(all, "pushrod_publish_rejected", "Publications refused.", ShardMetrics::rejections);
    errors(
        all, "pushrod_http_errors", "Requests answered with an error.", ShardMetrics::httpErrors);
    all.metricSnapshot(publishToFlush());
    return all.build();
  }

  private void counters(MetricSnapshots.Builder all) {
    Map<String, CounterSnapshot.Builder> metrics = new LinkedHashMap<>();
    for (Counter counter : Counter.values()) {
      CounterSnapshot.Builder metric =
          metrics.computeIfAbsent(counter.metric(), name -> metric(name, counter.help()));
      String labelName = counter.labelName();
      String labelValue = counter.labelValue();
      Labels labels =
          labelName == null || labelValue == null ? Labels.EMPTY : Labels.of(labelName, labelValue);
      metric.dataPoint(point(labels, sum(shard -> shard.value(counter))));
    }
    metrics.values().forEach(metric -> all.metricSnapshot(metric.build()));
  }

  private void connections(MetricSnapshots.Builder all) {
    CounterSnapshot.Builder opened = metric("pushrod_connections_opened", "Connections begun.");
    CounterSnapshot.Builder handedOver =
        metric("pushrod_connections_handed_over", "Connections that changed their transport.");
    CounterSnapshot.Builder closed = metric("pushrod_connections_closed", "Connections ended.");
    GaugeSnapshot.Builder open =
        GaugeSnapshot.builder().name("pushrod_connections").help("Connections open now.");
    for (Transport transport : Transport.values()) {
      Labels labels = Labels.of("transport", transport.label());
      long ended = 0;
      for (CloseReason reason : CloseReason.values()) {
        long count = sum(shard -> shard.closes(transport, reason));
        ended += count;
        closed.dataPoint(point(labels.add("reason", reason.label()), count));
      }
      long moved = sum(shard -> shard.handOvers(transport));
      // Read after what ended, so that a connection ending meanwhile cannot make the gauge
      // negative.
      long began = sum(shard -> shard.opens(transport));
      opened.dataPoint(point(labels, began));
      handedOver.dataPoint(point(labels, moved));
      open.dataPoint(
          GaugeDataPointSnapshot.builder()
              .labels(labels)
              .value((double) Math.max(0, began - ended - moved))
              .build());
    }
    all.metricSnapshot(opened.build());
    all.metricSnapshot(handedOver.build());
    all.metricSnapshot(closed.build());
    all.metricSnapshot(open.build());
  }

  private interface CodeCount {
    long of(ShardMetrics shard, ErrorCode code);
  }

  private void errors(MetricSnapshots.Builder all, String name, String help, CodeCount count) {
    CounterSnapshot.Builder metric = metric(name, help);
    for (ErrorCode code : ErrorCode.values()) {
      metric.dataPoint(point(Labels.of("code", code.label()), sum(shard -> count.of(shard, code))));
    }
    all.metricSnapshot(metric.build());
  }

  private HistogramSnapshot publishToFlush() {
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < LatencyBuckets.COUNT; i++) {
      int bucket = i;
      buckets.bucket(LatencyBuckets.upperSeconds(i), sum(shard -> shard.flushes(bucket)));
    }
    return HistogramSnapshot.builder()
        .name("pushrod_publish_to_flush_seconds")
        .help("Time from an event's publication to its write on a reader's socket.")
        .dataPoint(
            HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(buckets.build())
                .sum(sum(ShardMetrics::flushNanos) / NANOS_PER_SECOND)
                .build())
        .build();
  }

  private long sum(ToLongFunction<ShardMetrics> count) {
    long sum = 0;
    for (ShardMetrics shard : shards) {
      sum += count.applyAsLong(shard);
    }
    return sum;
  }

  /// client_java adds `_total` by itself.
  private static CounterSnapshot.Builder metric(String name, String help) {
    String base = name.endsWith(TOTAL) ? name.substring(0, name.length() - TOTAL.length()) : name;
    return CounterSnapshot.builder().name(base).help(help);
  }

  private static CounterDataPointSnapshot point(Labels labels, long value) {
    return CounterDataPointSnapshot.builder().labels(labels).value((double) value).build();
  }
}
