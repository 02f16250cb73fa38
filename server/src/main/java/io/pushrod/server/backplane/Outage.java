package io.pushrod.server.backplane;

import io.lettuce.core.SetArgs;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What is known from one topic's failed write: that nothing can be stored. It tries to write until
/// something can.
///
/// **Thread:** the topic's.
/* Publishers without sequences are refused and may never come again, so nothing else would find the end of it. */
final class Outage {
  private static final long PROBE_MILLIS = 250;
  private static final long KEPT_MILLIS = 1_000;

  private final TopicLoop loop;
  private final TopicNames names;
  private final int lane;

  private Outage(TopicLoop loop, TopicNames names, int lane) {
    this.loop = loop;
    this.names = names;
    this.lane = lane;
  }

  /// Begins one, unless one goes on already.
  static void begin(TopicLoop loop, RedisFault fault, TopicNames names, int lane) {
    if (loop.plane().health().beginOutage(fault)) {
      new Outage(loop, names, lane).probeLater();
    }
  }

  private void probeLater() {
    loop.schedule(this::probe, PROBE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void probe() {
    loop.plane()
        .write(
            names,
            lane,
            commands -> commands.set(names.probe(), new byte[0], SetArgs.Builder.px(KEPT_MILLIS)))
        .whenComplete((_, failure) -> loop.execute(() -> probed(failure)));
  }

  private void probed(@Nullable Throwable failure) {
    if (failure == null) {
      loop.plane().health().endOutage();
    } else {
      if (RedisFault.of(failure) == RedisFault.NO_PRIMARY) {
        loop.plane().link().renew();
      }
      probeLater();
    }
  }
}
