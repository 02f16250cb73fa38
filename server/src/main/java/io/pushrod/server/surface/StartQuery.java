package io.pushrod.server.surface;

import io.pushrod.codec.CompositeCursor;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.StartSpelling;
import io.pushrod.server.http.Query;
import org.jspecify.annotations.Nullable;

/// The spellings of "continue from" in a query; the first one found counts.
public final class StartQuery {
  private StartQuery() {}

  /// The value of the first exclusive spelling if it is a composite cursor, else null.
  public static @Nullable String composite(Query query) {
    for (StartSpelling spelling : StartSpelling.values()) {
      String text = query.first(spelling.label());
      if (text != null) {
        boolean composite =
            spelling != StartSpelling.FROM_SEQUENCE && CompositeCursor.isComposite(text);
        return composite ? text : null;
      }
    }
    return null;
  }

  /// @param otherwise where to begin when the query does not say
  /// @throws RequestException `BAD_CURSOR`
  public static StartPoint parse(Query query, StartPoint otherwise) {
    for (StartSpelling spelling : StartSpelling.values()) {
      String text = query.first(spelling.label());
      if (text != null) {
        return spelling.parse(text);
      }
    }
    return otherwise;
  }
}
