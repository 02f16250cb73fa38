package io.pushrod.bench.jmh;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/// Counts operations per second of CPU time, that of the compiler and the collector included: what
/// one core does, also while others want that core too.
///
/// `scripts/bench jmh -prof io.pushrod.bench.jmh.CpuProfiler`
public final class CpuProfiler implements InternalProfiler {
  private final OperatingSystemMXBean process =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private long begunNanos;

  @Override
  public String getDescription() {
    return "operations per second of CPU time";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    begunNanos = process.getProcessCpuTime();
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    double seconds = (process.getProcessCpuTime() - begunNanos) / 1e9;
    return List.of(
        new ScalarResult(
            "cpu", result.getMetadata().getAllOps() / seconds, "ops/cpu-s", AggregationPolicy.AVG));
  }
}
