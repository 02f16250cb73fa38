package io.pushrod.server.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.DeadlineWheel;
import io.pushrod.server.session.Connection;
import io.pushrod.server.session.ConnectionContext;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.EventRange;
import io.pushrod.server.session.SocketWriter;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

class FanoutGroupTest {
  private static final Pattern SEQUENCE = Pattern.compile("\"seq\":([0-9]+)");

  private enum Stored implements EventFormat {
    FORM;

    @Override
    public boolean isLogForm() {
      return true;
    }

    @Override
    public void append(
        ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
      throw new AssertionError("append: called (expected: bytes as stored)");
    }
  }

  private static final class Context implements ConnectionContext {
    @Override
    public MemoryAccount memory() {
      return new MemoryAccount();
    }

    private final DeadlineWheel wheel = new DeadlineWheel(0);
    private final SocketWriter writer;

    Context(SocketWriter writer) {
      this.writer = writer;
    }

    @Override
    public SocketWriter writer() {
      return writer;
    }

    @Override
    public void settle(int batch) {}

    @Override
    public long nowNanos() {
      return 0;
    }

    @Override
    public DeadlineWheel wheel() {
      return wheel;
    }

    @Override
    public int outboxEntries() {
      return 1;
    }

    @Override
    public long outboxBytes() {
      return 1;
    }

    @Override
    public long writeProgressNanos() {
      return 1;
    }

    @Override
    public void onPushback() {}

    @Override
    public void onOutboxFull(boolean entries) {}

    @Override
    public void onClose(Connection connection, CloseReason reason) {}
  }

  /// A reader that notes the sequences it gets.
  private static final class Reader extends Connection {
    final List<Long> got;
    final long first;
    final Subscription subscription;

    Reader(long cursor, List<Long> got) {
      super(
          new EmbeddedChannel(),
          new Context(
              (_, bytes, view, offset, length) -> {
                Matcher matcher = SEQUENCE.matcher(bytes.toString(offset, length, UTF_8));
                while (matcher.find()) {
                  got.add(Long.parseLong(matcher.group(1)));
                }
                return length;
              }));
      this.got = got;
      this.first = cursor + 1;
      this.subscription =
          new Subscription(
              this,
              LogFixture.KEY,
              Stored.FORM,
              EventFilter.ALL,
              OverflowPolicy.FOLD,
              StartPoint.NOW,
              false,
              begun -> {});
    }

    @Override
    public Transport transport() {
      return Transport.WEBSOCKET;
    }

    @Override
    protected long onHeartbeat(long nowNanos) {
      return NEVER;
    }

    @Override
    protected @Nullable ByteBuf goodbye(CloseReason reason) {
      return null;
    }
  }

  /// A group under random treatment, and those beside it.
  private static final class Trial implements FanoutGroup.Leavers {
    final Random random;
    final LogFixture fixture = new LogFixture(LogFixture.AMPLE);
    final FanoutGroup group = new FanoutGroup(Stored.FORM, EventFilter.ALL);
    final EventRange range = new EventRange(UnpooledByteBufAllocator.DEFAULT);
    final List<Reader> readers = new ArrayList<>();

    Trial(long seed) {
      random = new Random(seed);
    }

    @Override
    public void onPushedBack(Subscription subscription, EventRange bytes, int taken, long at) {
      assertThat(taken).isEqualTo(Connection.NOT_NOW);
      subscription.leave(at);
    }

    void step() {
      switch (random.nextInt(8)) {
        case 0, 1 -> fixture.append("note", "1");
        case 2 -> {
          Reader reader = new Reader(fixture.log.lastSequence(), new ArrayList<>());
          reader.subscription.leave(fixture.log.lastSequence());
          readers.add(reader);
        }
        case 3 -> anyone(this::part);
        case 4 -> anyone(Connection::hold);
        case 5 -> anyone(this::comeBack);
        default -> walk(random.nextInt(4));
      }
    }

    private void anyone(java.util.function.Consumer<Reader> action) {
      if (!readers.isEmpty()) {
        action.accept(readers.get(random.nextInt(readers.size())));
      }
    }

    /// Goes for good.
    private void part(Reader reader) {
      long cursor = reader.subscription.sequence();
      if (reader.subscription.group() != null) {
        assertThat(group.leave(reader.subscription)).isEqualTo(cursor);
      }
      readers.remove(reader);
      check(reader, cursor);
    }

    /// One beside the group reads up to some point by itself, and joins if the group is there.
    private void comeBack(Reader reader) {
      reader.letGo();
      if (reader.subscription.group() != null) {
        return;
      }
      long until = random.nextBoolean() ? group.position() : fixture.log.lastSequence();
      long cursor = reader.subscription.sequence();
      while (cursor < until) {
        reader.got.add(++cursor);
      }
      if (!group.join(reader.subscription, cursor)) {
        reader.subscription.leave(cursor);
      }
    }

    void walk(int budget) {
      if (!group.isWalking()) {
        range.release();
        if (group.isEmpty()
            || !range.read(
                fixture.log,
                group.position(),
                Long.MAX_VALUE,
                Stored.FORM,
                EventFilter.ALL,
                1 + random.nextInt(600))) {
          return;
        }
      }
      int left = group.walk(range, budget, this);
      assertThat(left).isBetween(0, budget);
      assertThat(left == 0 || !group.isWalking()).isTrue();
    }

    void finish() {
      readers.forEach(this::comeBack);
      while (!group.isEmpty()
          && (group.isWalking() || group.position() < fixture.log.lastSequence())) {
        walk(3);
      }
      for (int i = 0; i < group.size(); i++) {
        assertThat(group.member(i).slot()).isEqualTo(i);
        assertThat(group.member(i).sequence()).isEqualTo(fixture.log.lastSequence());
      }
      readers.forEach(reader -> check(reader, reader.subscription.sequence()));
      range.close();
      fixture.log.close();
      assertThat(fixture.usedBytes()).isZero();
    }

    private static void check(Reader reader, long cursor) {
      assertThat(reader.got)
          .isEqualTo(
              java.util.stream.LongStream.rangeClosed(reader.first, cursor).boxed().toList());
    }
  }

  @Property(tries = 1000)
  void everyMemberGetsEveryRangeOnceAndInOrder(@ForAll long seed) {
    Trial trial = new Trial(seed);
    for (int i = 0; i < 120; i++) {
      trial.step();
    }
    trial.finish();
  }
}
