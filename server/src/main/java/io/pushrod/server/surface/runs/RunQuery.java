package io.pushrod.server.surface.runs;

import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.dialect.DockrionFilter;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Query;
import io.pushrod.server.session.EventFilter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What the request for a stream of a run says about the stream.
///
/// @param start where to begin; of `Last-Event-ID`, `last_event_id`, `starting_after` and
///   `from_sequence` the first one counts. Only `from_sequence` is inclusive; 0, as without any, is
///   live only
/// @param comesBack whether the client says what it has seen of an earlier stream, as a browser
///   does by itself
/// @param filter a preset or names with commas between; everything without one
/// @param limitNanos after which the stream ends: 1 to 3,600 seconds, 300 unless said
record RunQuery(StartPoint start, boolean comesBack, EventFilter filter, long limitNanos) {
  private static final int DEFAULT_LIMIT_SECONDS = 300;
  private static final int MAX_LIMIT_SECONDS = 3600;
  private static final int MAX_DIGITS = 18;

  /// A parameter is not what it should be.
  static final class Invalid extends Exception {
    private static final long serialVersionUID = 1L;

    final String place;
    final String parameter;

    /// @param place `query` or `header`
    Invalid(String place, String parameter, String expected) {
      super("Input should be " + expected, null, false, false);
      this.place = place;
      this.parameter = parameter;
    }
  }

  static RunQuery of(Exchange exchange) throws Invalid {
    Query query = exchange.query();
    String last = exchange.header("last-event-id");
    boolean comesBack = last != null && !last.isEmpty();
    StartPoint start =
        comesBack ? cursor("header", "last-event-id", String.valueOf(last)) : start(query);
    return new RunQuery(start, comesBack, filter(query), limit(query));
  }

  private static StartPoint start(Query query) throws Invalid {
    for (String name : new String[] {"last_event_id", "starting_after"}) {
      String text = query.first(name);
      if (text != null && !text.isEmpty()) {
        return cursor("query", name, text);
      }
    }
    long first = number(query.first("from_sequence"));
    if (first < 0) {
      throw new Invalid("query", "from_sequence", "a whole number greater than or equal to 0");
    }
    return first == 0 ? StartPoint.NOW : new StartPoint.AfterSequence(first - 1);
  }

  private static StartPoint cursor(String place, String name, String text) throws Invalid {
    try {
      return StartPoint.parse(text);
    } catch (RequestException e) {
      throw new Invalid(place, name, "an event's id or a sequence");
    }
  }

  private static EventFilter filter(Query query) throws Invalid {
    String text = query.first("filter");
    if (text == null || text.isEmpty()) {
      return EventFilter.ALL;
    }
    try {
      return DockrionFilter.parse(text);
    } catch (RequestException e) {
      throw new Invalid("query", "filter", "a preset or event names with commas between");
    }
  }

  private static long limit(Query query) throws Invalid {
    String text = query.first("timeout");
    long seconds = text == null ? DEFAULT_LIMIT_SECONDS : number(text);
    if (seconds < 1 || seconds > MAX_LIMIT_SECONDS) {
      throw new Invalid("query", "timeout", "a whole number from 1 to " + MAX_LIMIT_SECONDS);
    }
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  /// -1 for what is no number; 0 for null.
  private static long number(@Nullable String text) {
    if (text == null) {
      return 0;
    }
    boolean digits =
        !text.isEmpty()
            && text.length() <= MAX_DIGITS
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    return digits ? Long.parseLong(text) : -1;
  }
}
