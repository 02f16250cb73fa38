package io.pushrod.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InboxTest {
  private final Inbox echo = runs("agent/echo");
  private final Inbox path = runs("agent/team/*");
  private final Inbox agents = runs("agent/*");
  private final Inbox threads = new Inbox.Messages("thread/*", 1, _ -> {});
  private final Inbox any = new Inbox.Messages("*", 1, _ -> {});
  private final List<Inbox> all = List.of(any, agents, path, echo, threads);

  @Test
  void itsOwnNameComesBeforeAPattern() {
    assertThat(of(Kind.RUN, "agent/echo")).isSameAs(echo);
    assertThat(of(Kind.RUN, "agent/other")).isSameAs(agents);
  }

  @Test
  void aNameComesBeforeAPatternOfTheSameLength() {
    Inbox e = runs("agent/e");

    assertThat(Inbox.of(request(Kind.RUN, "agent/e"), List.of(agents, e))).isSameAs(e);
    assertThat(Inbox.of(request(Kind.RUN, "agent/e"), List.of(e, agents))).isSameAs(e);
  }

  @Test
  void aLongerPatternComesBeforeAShorterOne() {
    assertThat(of(Kind.RUN, "agent/team/a")).isSameAs(path);
    assertThat(of(Kind.MESSAGE, "thread/42")).isSameAs(threads);
    assertThat(of(Kind.MESSAGE, "canvas/1")).isSameAs(any);
  }

  @Test
  void aPathIsNotBelowItself() {
    assertThat(Inbox.of(request(Kind.RUN, "agent/"), List.of(agents))).isNull();
    assertThat(Inbox.of(request(Kind.RUN, "agent"), List.of(agents))).isNull();
  }

  @Test
  void runsAndMessagesAreNotMixedUp() {
    assertThat(Inbox.of(request(Kind.RUN, "thread/42"), all)).isNull();
    assertThat(of(Kind.MESSAGE, "agent/echo")).isSameAs(any);
  }

  private @Nullable Inbox of(Kind kind, String inbox) {
    return Inbox.of(request(kind, inbox), all);
  }

  private static Inbox runs(String pattern) {
    return new Inbox.Runs(pattern, 1, (_, _) -> null);
  }

  private static Request request(Kind kind, String inbox) {
    return new Request(1, kind, 1, 1, inbox, "id", "", List.of(), Map.of(), "");
  }
}
