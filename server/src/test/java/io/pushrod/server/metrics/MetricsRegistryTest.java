package io.pushrod.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsRegistryTest {
  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{[a-z_]+=\"[^\"]*\"(?:,[a-z_]+=\"[^\"]*\")*})?) (\\S+)");

  private final MetricsRegistry registry = new MetricsRegistry("1.2.3");

  /// Every line of the text, parsed; fails on one that is neither a comment nor a sample.
  private Map<String, Double> scrape() {
    Map<String, Double> samples = new HashMap<>();
    String text = new String(registry.scrape(), StandardCharsets.UTF_8);
    text.lines()
        .filter(line -> !line.startsWith("# HELP ") && !line.startsWith("# TYPE "))
        .forEach(
            line -> {
              Matcher sample = SAMPLE.matcher(line);
              assertThat(sample.matches()).as(line).isTrue();
              Double value = Double.valueOf(sample.group(2).replace("+Inf", "Infinity"));
              assertThat(samples.put(sample.group(1), value)).as("twice: " + line).isNull();
            });
    return samples;
  }

  private static String sample(Counter counter) {
    return counter.labelName() == null
        ? counter.metric()
        : counter.metric() + "{" + counter.labelName() + "=\"" + counter.labelValue() + "\"}";
  }

  @Test
  void showsEveryCounterFromTheFirstScrapeOn() {
    Map<String, Double> samples = scrape();
    for (Counter counter : Counter.values()) {
      assertThat(samples).as(counter.name()).containsEntry(sample(counter), 0.0);
    }
    for (ErrorCode code : ErrorCode.values()) {
      assertThat(samples)
          .containsEntry("pushrod_publish_rejected_total{code=\"" + code.label() + "\"}", 0.0)
          .containsEntry("pushrod_http_errors_total{code=\"" + code.label() + "\"}", 0.0);
    }
    for (Transport transport : Transport.values()) {
      for (CloseReason reason : CloseReason.values()) {
        assertThat(samples)
            .containsEntry(
                String.format(
                    Locale.ROOT,
                    "pushrod_connections_closed_total{reason=\"%s\",transport=\"%s\"}",
                    reason.label(),
                    transport.label()),
                0.0);
      }
    }
  }

  @Test
  void addsUpTheShards() {
    ShardMetrics one = registry.shard();
    ShardMetrics two = registry.shard();
    one.count(Counter.DELIVERIES, 5);
    two.count(Counter.DELIVERIES, 7);
    two.count(Counter.GAPS_TRIMMED);
    one.rejected(ErrorCode.BAD_TYPE);
    two.rejected(ErrorCode.BAD_TYPE);
    one.httpError(ErrorCode.INTERNAL);
    assertThat(registry.total(Counter.DELIVERIES)).isEqualTo(12);
    assertThat(scrape())
        .containsEntry("pushrod_deliveries_total", 12.0)
        .containsEntry("pushrod_gaps_total{reason=\"trimmed\"}", 1.0)
        .containsEntry("pushrod_gaps_total{reason=\"epoch\"}", 0.0)
        .containsEntry("pushrod_publish_rejected_total{code=\"bad_type\"}", 2.0)
        .containsEntry("pushrod_http_errors_total{code=\"internal\"}", 1.0);
  }

  @Test
  void knowsHowManyConnectionsAreOpen() {
    ShardMetrics shard = registry.shard();
    shard.opened(Transport.HTTP);
    shard.opened(Transport.HTTP);
    shard.opened(Transport.HTTP);
    shard.handedOver(Transport.HTTP);
    shard.opened(Transport.SSE);
    shard.closed(Transport.HTTP, CloseReason.IDLE_TIMEOUT);
    assertThat(scrape())
        .containsEntry("pushrod_connections{transport=\"http\"}", 1.0)
        .containsEntry("pushrod_connections{transport=\"sse\"}", 1.0)
        .containsEntry("pushrod_connections_opened_total{transport=\"http\"}", 3.0)
        .containsEntry("pushrod_connections_handed_over_total{transport=\"http\"}", 1.0)
        .containsEntry(
            "pushrod_connections_closed_total{reason=\"idle_timeout\",transport=\"http\"}", 1.0);
  }

  @Test
  void measuresFromPublicationToFlush() {
    ShardMetrics shard = registry.shard();
    shard.flushed(40_000);
    shard.flushed(120_000);
    shard.flushed(60_000_000_000L);
    assertThat(scrape())
        .containsEntry("pushrod_publish_to_flush_seconds_bucket{le=\"5.0E-5\"}", 1.0)
        .containsEntry("pushrod_publish_to_flush_seconds_bucket{le=\"1.0E-4\"}", 1.0)
        .containsEntry("pushrod_publish_to_flush_seconds_bucket{le=\"2.0E-4\"}", 2.0)
        .containsEntry("pushrod_publish_to_flush_seconds_bucket{le=\"10.0\"}", 2.0)
        .containsEntry("pushrod_publish_to_flush_seconds_bucket{le=\"+Inf\"}", 3.0)
        .containsEntry("pushrod_publish_to_flush_seconds_count", 3.0)
        .containsEntry("pushrod_publish_to_flush_seconds_sum", 60.00016);
  }

  @Test
  void readsGaugesWhenAsked() {
    long[] value = {7};
    registry.gauge("pushrod_log_bytes", "Bytes of all logs.", () -> value[0]);
    assertThat(scrape()).containsEntry("pushrod_log_bytes", 7.0);
    value[0] = 8;
    assertThat(scrape()).containsEntry("pushrod_log_bytes", 8.0);
    assertThatThrownBy(() -> registry.gauge("pushrod_log_bytes", "Again.", () -> 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void tellsTheJvmAndTheBuild() {
    Map<String, Double> samples = scrape();
    assertThat(samples)
        .hasEntrySatisfying("jvm_heap_used_bytes", value -> assertThat(value).isPositive())
        .hasEntrySatisfying("jvm_allocated_bytes_total", value -> assertThat(value).isPositive())
        .hasEntrySatisfying("process_cpu_seconds_total", value -> assertThat(value).isPositive())
        .hasEntrySatisfying("process_uptime_seconds", value -> assertThat(value).isPositive())
        .containsKey("jvm_direct_memory_used_bytes");
    assertThat(samples.keySet())
        .anyMatch(name -> name.startsWith("jvm_gc_collections_total{gc="))
        .anyMatch(name -> name.startsWith("jvm_gc_seconds_total{gc="))
        .anyMatch(
            name -> name.startsWith("pushrod_build_info{") && name.contains("version=\"1.2.3\""));
  }
}
