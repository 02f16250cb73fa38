package io.pushrod.bench.readers;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.DefaultChannelGroup;
import io.pushrod.bench.run.Door;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Readers of one target. A part of them may be told to stall, or to read slowly: with their small
/// receive buffer they push back at once. Their tally is kept apart from that of the healthy.
///
/// **Thread:** the readers' event loop.
final class ReaderGroup {
  /// Connections in the making at a time, so that no accept queue overflows.
  private static final int OPENING = 200;

  private static final int STALLED_RECEIVE_BYTES = 4096;

  /// What every flush ends with, and no message carries (RFC 7692 section 7.2.1).
  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

  private static final int READ_BYTES = 8192;

  /// One read of those that can be told to read slowly.
  static final int STALLABLE_READ_BYTES = 2048;

  /// Of a topic that all read; readers of many topics are seldom far apart.
  private static final int REMEMBERED = 4096;

  private static final int REMEMBERED_OF_MANY = 64;
  private static final int FEW_TOPICS = 16;

  final Tally healthy = new Tally();
  final Tally stalled = new Tally();

  /// Latencies of the healthy as of the end of a storm beside them.
  final Histogram marked = Tally.latencies();

  private final List<@Nullable EventCheck> checks = new ArrayList<>();
  private final EventLoop loop;
  private final ChannelGroup channels;
  private final List<Channel> stallable = new ArrayList<>();
  private final List<Place> places = new ArrayList<>();
  private final List<ScheduledFuture<?>> paces = new ArrayList<>();
  private @Nullable Door door;
  private final Inflater inflater = new Inflater(true);
  private byte[] inflated = new byte[1 << 16];
  private byte[] scratch = new byte[1 << 16];
  @Nullable Storm storm;
  @Nullable Churn churn;

  ReaderGroup(EventLoop loop) {
    this.loop = loop;
    this.channels = new DefaultChannelGroup(loop);
  }

  /// Connects `count` more readers of which the first `stallCount` can be stalled.
  ///
  /// @return done with the number of readers when all are subscribed
  CompletableFuture<Integer> open(Door door, int count, int stallCount) {
    this.door = door;
    Opening started = new Opening(door, count, stallCount);
    started.begin();
    return started.done;
  }

  void stall() {
    stallable.forEach(channel -> channel.config().setAutoRead(false));
  }

  /// Those that can be stalled read so many bytes a second each, one small read at a time.
  void pace(int bytesPerSecond) {
    stall();
    long period = 1_000_000_000L * STALLABLE_READ_BYTES / bytesPerSecond;
    for (int i = 0; i < stallable.size(); i++) {
      Channel channel = stallable.get(i);
      long first = period * i / stallable.size();
      paces.add(loop.scheduleAtFixedRate(channel::read, first, period, TimeUnit.NANOSECONDS));
    }
  }

  void resume() {
    paces.forEach(pace -> pace.cancel(false));
    paces.clear();
    stallable.forEach(channel -> channel.config().setAutoRead(true));
  }

  /// @return done when all connections are closed
  ChannelGroupFuture close() {
    paces.forEach(pace -> pace.cancel(false));
    return channels.close();
  }

  /// Begins a new count of the healthy; that of the others runs from their start.
  void clear() {
    healthy.clear();
  }

  /// All go, and know where they were.
  ChannelGroupFuture drop() {
    ChannelGroupFuture closed = channels.close();
    stallable.clear();
    return closed;
  }

  /// Those that were dropped come back with their cursors.
  ///
  /// @param until the sequence with which a reader has caught up
  /// @param beside the healthy readers of this group are marked when all have caught up
  void reconnect(long until, long spreadNanos, ReaderGroup beside) {
    Door door = requireNonNull(this.door, "door");
    healthy.clear();
    Storm storm =
        new Storm(
            loop,
            List.copyOf(places),
            until,
            spreadNanos,
            () -> beside.healthy.copyLatencyTo(beside.marked));
    this.storm = storm;
    storm.begin(
        returning -> {
          ReaderConnection connection =
              new ReaderConnection(
                  this, door, returning.number, healthy, returning.place, returning);
          connection.arriveAt(returning.until());
          connect(door, connection, false, returning);
        });
  }

  /// Others come and go beside these.
  void churn(Door door, int perSecond, long count, long holdNanos) {
    Churn churn =
        new Churn(
            loop,
            perSecond,
            count,
            holdNanos,
            (number, life) ->
                connect(
                    door,
                    new ReaderConnection(
                        this, door, number, healthy, new Place(door.topics().perReader()), life),
                    false,
                    life));
    this.churn = churn;
    churn.begin();
  }

  /// What the readers of a topic must agree on.
  EventCheck check(int topic, Door door) {
    while (checks.size() <= topic) {
      checks.add(null);
    }
    EventCheck check = checks.get(topic);
    if (check == null) {
      boolean few = door.topics().count() <= FEW_TOPICS;
      check = new EventCheck(few ? REMEMBERED : REMEMBERED_OF_MANY, door.dialect());
      checks.set(topic, check);
    }
    return check;
  }

  /// Inflates one message (RFC 7692 section 7.2.2) into [#inflated()].
  ///
  /// @return its length, or -1 when it is malformed
  int inflate(byte[] bytes, int from, int to) {
    inflater.reset();
    int length = 0;
    try {
      for (byte[] piece : List.of(Arrays.copyOfRange(bytes, from, to), TAIL)) {
        inflater.setInput(piece);
        while (!inflater.needsInput()) {
          if (length == inflated.length) {
            inflated = Arrays.copyOf(inflated, 2 * length);
          }
          length += inflater.inflate(inflated, length, inflated.length - length);
        }
      }
      return length;
    } catch (DataFormatException e) {
      return -1;
    }
  }

  byte[] inflated() {
    return inflated;
  }

  /// An array of at least `length` bytes for use until the next call.
  byte[] scratch(int length) {
    if (scratch.length < length) {
      scratch = new byte[Integer.highestOneBit(length) * 2];
    }
    return scratch;
  }

  private void connect(Door door, ReaderConnection connection, boolean stalls, Life life) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new FixedRecvByteBufAllocator(stalls ? STALLABLE_READ_BYTES : READ_BYTES))
            .handler(connection);
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
                    life.onFailed("connect: " + future.cause());
                  }
                });
  }

  private final class Opening implements Life {
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
      Place place = new Place(door.topics().perReader());
      places.add(place);
      connect(
          door,
          new ReaderConnection(
              ReaderGroup.this, door, number, stalls ? stalled : healthy, place, this),
          stalls,
          this);
    }

    @Override
    public void onFailed(String reason) {
      done.completeExceptionally(new IllegalStateException(reason));
    }

    @Override
    public void onReady(ReaderConnection connection) {
      ready++;
      if (ready == count) {
        done.complete(channels.size());
      } else if (started < count && door.opensPerSecond() == 0) {
        next();
      }
    }
  }
}
