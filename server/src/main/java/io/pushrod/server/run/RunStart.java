package io.pushrod.server.run;

import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import io.pushrod.server.session.Identity;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A wish to start a run; whoever makes it has checked that `who` may.
///
/// @param agent the name without `agent/`; 1–200 of `[A-Za-z0-9_.:-]`
/// @param runId the client's own, by [#isRunId]; null for one of ours
/// @param idempotencyKey 1–255 characters; a second start by the same user with the same key is the
///   same run
/// @param furtherTopics that the run's events go to as well, such as `thread/42`; at most 7
/// @param provider named by the input, for kill switches; empty for none
/// @param direct whether the run ends with the connection that asked for it
/// @param input one JSON object
public record RunStart(
    Identity who,
    String agent,
    @Nullable String runId,
    @Nullable String idempotencyKey,
    List<String> furtherTopics,
    String provider,
    boolean direct,
    String input) {

  private static final String THREADS = "thread/";

  /// Whether a client may choose this id: `^[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}$`.
  public static boolean isRunId(String text) {
    return !text.isEmpty()
        && text.length() <= 128
        && isAlphanumeric(text.charAt(0))
        && text.chars().allMatch(c -> isAlphanumeric(c) || c == '_' || c == '-');
  }

  private static boolean isAlphanumeric(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  /// What a worker is asked for, with the id of the run that begins.
  Request request() {
    String id = runId == null ? UUID.randomUUID().toString() : runId;
    List<String> topics = new ArrayList<>();
    topics.add(Run.TOPICS + id);
    topics.addAll(furtherTopics);
    Map<IdField, String> ids = new EnumMap<>(IdField.class);
    ids.put(IdField.RUN_ID, id);
    ids.put(IdField.AGENT_ID, agent);
    for (String further : furtherTopics) {
      if (further.startsWith(THREADS)) {
        ids.put(IdField.THREAD_ID, further.substring(THREADS.length()));
      }
    }
    return new Request(
        Kind.RUN, Run.inbox(agent), id, who.user(), List.copyOf(topics), Map.copyOf(ids), input);
  }
}
