package io.pushrod.client;

import io.pushrod.codec.TopicName;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import java.util.Collection;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// What a worker does with the requests of the inboxes that a pattern names: an inbox, everything
/// below a path (`agent/*`), or everything (`*`).
sealed interface Inbox {
  int MAX_CREDIT = 65_535;

  String pattern();

  int credit();

  Kind kind();

  record Runs(String pattern, int credit, RunHandler handler) implements Inbox {
    static final String PREFIX = "agent/";

    public Runs {
      check(pattern, credit);
    }

    @Override
    public Kind kind() {
      return Kind.RUN;
    }
  }

  record Messages(String pattern, int credit, MessageHandler handler) implements Inbox {
    public Messages {
      check(pattern, credit);
    }

    @Override
    public Kind kind() {
      return Kind.MESSAGE;
    }
  }

  /// The one of several that knows best what to do: that with the inbox's own name, else that with
  /// the longest pattern; null for none.
  static @Nullable Inbox of(Request request, Collection<Inbox> inboxes) {
    return inboxes.stream()
        .filter(inbox -> inbox.kind() == request.kind() && inbox.matches(request.inbox()))
        .max(
            Comparator.comparing((Inbox inbox) -> inbox.pattern().equals(request.inbox()))
                .thenComparing(inbox -> inbox.pattern().length()))
        .orElse(null);
  }

  private boolean matches(String inbox) {
    String pattern = pattern();
    if (pattern.equals("*")) {
      return true;
    }
    String prefix = pattern.substring(0, pattern.length() - 1);
    return pattern.endsWith("/*")
        ? inbox.startsWith(prefix) && inbox.length() > prefix.length()
        : inbox.equals(pattern);
  }

  private static void check(String pattern, int credit) {
    String topic = pattern.endsWith("/*") ? pattern.substring(0, pattern.length() - 1) : pattern;
    if (!pattern.equals("*") && !TopicName.isValid(topic)) {
      throw new IllegalArgumentException(
          "inbox: " + pattern + " (expected: a topic, prefix/* or *)");
    }
    if (credit < 1 || credit > MAX_CREDIT) {
      throw new IllegalArgumentException("credit: " + credit + " (expected: 1-" + MAX_CREDIT + ")");
    }
  }
}
