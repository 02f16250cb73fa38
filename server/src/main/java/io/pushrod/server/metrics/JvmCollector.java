package io.pushrod.server.metrics;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.netty.util.internal.PlatformDependent;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The few numbers of the JVM that explain a push server: memory on and off the heap, allocation,
/// collections, CPU.
final class JvmCollector implements MultiCollector {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MILLIS_PER_SECOND = 1e3;

  private final List<GarbageCollectorMXBean> collectors =
      ManagementFactory.getGarbageCollectorMXBeans();
  private final List<BufferPoolMXBean> pools =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);
  private final RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
  private final @Nullable ThreadMXBean threads =
      ManagementFactory.getThreadMXBean() instanceof ThreadMXBean extended ? extended : null;
  private final @Nullable OperatingSystemMXBean process =
      ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean extended
          ? extended
          : null;

  @Override
  public MetricSnapshots collect() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    all.metricSnapshot(
        gauge(
            "jvm_heap_used_bytes",
            "Heap in use, garbage included.",
            (double) ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()));
    all.metricSnapshot(
        gauge(
            "jvm_direct_memory_used_bytes",
            "Memory of buffers off the heap.",
            (double) directBytes()));
    if (threads != null) {
      all.metricSnapshot(
          counter(
              "jvm_allocated_bytes",
              "Bytes allocated on the heap by all threads, ended ones included.",
              (double) threads.getTotalThreadAllocatedBytes()));
    }
    collections(all);
    if (process != null) {
      all.metricSnapshot(
          counter(
              "process_cpu_seconds",
              "CPU time used by the process.",
              process.getProcessCpuTime() / NANOS_PER_SECOND));
    }
    all.metricSnapshot(
        gauge(
            "process_uptime_seconds",
            "Time since the JVM started.",
            runtime.getUptime() / MILLIS_PER_SECOND));
    return all.build();
  }

  private void collections(MetricSnapshots.Builder all) {
    CounterSnapshot.Builder count =
        CounterSnapshot.builder().name("jvm_gc_collections").help("Garbage collections.");
    CounterSnapshot.Builder time =
        CounterSnapshot.builder().name("jvm_gc_seconds").help("Time spent collecting garbage.");
    for (GarbageCollectorMXBean collector : collectors) {
      Labels labels = Labels.of("gc", collector.getName());
      count.dataPoint(point(labels, (double) Math.max(0, collector.getCollectionCount())));
      time.dataPoint(point(labels, Math.max(0, collector.getCollectionTime()) / MILLIS_PER_SECOND));
    }
    all.metricSnapshot(count.build());
    all.metricSnapshot(time.build());
  }

  /// NIO's pools hold what Netty counts too, unless Netty takes its memory from arenas, which no
  /// pool counts: so the larger of both, never their sum.
  private long directBytes() {
    long pooled = 0;
    for (BufferPoolMXBean pool : pools) {
      pooled += Math.max(0, pool.getMemoryUsed());
    }
    return Math.max(pooled, PlatformDependent.usedDirectMemory());
  }

  private static GaugeSnapshot gauge(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
        .build();
  }

  private static CounterSnapshot counter(String name, String help, double value) {
    return CounterSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(point(Labels.EMPTY, Math.max(0, value)))
        .build();
  }

  private static CounterDataPointSnapshot point(Labels labels, double value) {
    return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }
}
