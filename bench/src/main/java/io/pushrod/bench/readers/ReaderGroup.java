package io.pushrod.bench.readers;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.DefaultChannelGroup;
import io.pushrod.bench.run.Door;
import io.pushrod.bench.run.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Readers of one target. A part of them may be told to stall: they stop reading and, with their
/// small receive buffer, push back at once. Their tally is kept apart from that of the healthy.
///
/// **Thread:** the readers' event loop.
final class ReaderGroup {
  /// Connections in the making at a time, so that no accept queue overflows.
  private static final int OPENING = 200;

  private static final int STALLED_RECEIVE_BYTES = 4096;
  private static final int READ_BYTES = 8192;

  /// Of a topic that all read; readers of many topics are seldom far apart.
  private static final int REMEMBERED = 4096;

  private static final int REMEMBERED_OF_MANY = 64;

  final Tally healthy = new Tally();
  final Tally stalled = new Tally();
  private final List<@Nullable EventCheck> checks = new ArrayList<>();
  private final EventLoop loop;
  private final ChannelGroup channels;
  private final List<Channel> stallable = new ArrayList<>();
  private byte[] scratch = new byte[1 << 16];
  private @Nullable Opening opening;

  ReaderGroup(EventLoop loop) {
    this.loop = loop;
    this.channels = new DefaultChannelGroup(loop);
  }

  /// Connects `count` more readers of which the first `stallCount` can be stalled.
  ///
  /// @return done with the number of readers when all are subscribed
  CompletableFuture<Integer> open(Door door, int count, int stallCount) {
    Opening started = new Opening(door, count, stallCount);
    opening = started;
    started.begin();
    return started.done;
  }

  void stall() {
    stallable.forEach(channel -> channel.config().setAutoRead(false));
  }

  void resume() {
    stallable.forEach(channel -> channel.config().setAutoRead(true));
  }

  /// @return done when all connections are closed
  ChannelGroupFuture close() {
    return channels.close();
  }

  /// Begins a new count of the healthy; that of the others runs from their start.
  void clear() {
    healthy.clear();
  }

  /// What the readers of a topic must agree on.
  EventCheck check(int topic, Topics of) {
    while (checks.size() <= topic) {
      checks.add(null);
    }
    EventCheck check = checks.get(topic);
    if (check == null) {
      check = new EventCheck(of.count() == 1 ? REMEMBERED : REMEMBERED_OF_MANY);
      checks.set(topic, check);
    }
    return check;
  }

  /// An array of at least `length` bytes for use until the next call.
  byte[] scratch(int length) {
    if (scratch.length < length) {
      scratch = new byte[Integer.highestOneBit(length) * 2];
    }
    return scratch;
  }

  void onReady() {
    if (opening != null) {
      opening.onReady();
    }
  }

  void onFailed(String reason) {
    if (opening != null) {
      opening.done.completeExceptionally(new IllegalStateException(reason));
    }
  }

  private final class Opening {
    final CompletableFuture<Integer> done = new CompletableFuture<>();
    private final Door door;
    private final int count;
    private final int stallCount;
    private final int firstNumber = channels.size();
    private int started;
    private int ready;

    Opening(Door door, int count, int stallCount) {
      this.door = door;
      this.count = count;
      this.stallCount = stallCount;
    }

    /// Connects as fast as others get ready, or at the pace that the target allows.
    void begin() {
      if (door.opensPerSecond() == 0) {
        for (int i = 0; i < Math.min(OPENING, count); i++) {
          next();
        }
      } else {
        paced();
      }
    }

    private void paced() {
      if (started < count) {
        next();
        loop.schedule(this::paced, 1_000_000_000L / door.opensPerSecond(), TimeUnit.NANOSECONDS);
      }
    }

    void next() {
      int number = firstNumber + started;
      boolean stalls = started++ < stallCount;
      Bootstrap bootstrap =
          new Bootstrap()
              .group(loop)
              .channel(EpollSocketChannel.class)
              .option(ChannelOption.TCP_NODELAY, true)
              .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel
                          .pipeline()
                          .addLast(
                              new ReaderConnection(
                                  ReaderGroup.this, door, number, stalls ? stalled : healthy));
                    }
                  });
      if (stalls) {
        bootstrap.option(ChannelOption.SO_RCVBUF, STALLED_RECEIVE_BYTES);
      }
      bootstrap
          .connect(door.host(), door.port())
          .addListener(
              (ChannelFutureListener)
                  future -> {
                    if (future.isSuccess()) {
                      channels.add(future.channel());
                      if (stalls) {
                        stallable.add(future.channel());
                      }
                    } else {
                      onFailed("connect: " + future.cause());
                    }
                  });
    }

    void onReady() {
      ready++;
      if (ready == count) {
        done.complete(channels.size());
      } else if (started < count && door.opensPerSecond() == 0) {
        next();
      }
    }
  }
}
