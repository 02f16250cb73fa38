package io.pushrod.client;

import io.pushrod.codec.IdField;
import java.util.List;
import java.util.Map;

/// A run that a worker is asked to do.
///
/// @param agent the inbox's name behind `agent/`
/// @param user who asks; empty when the credential names none
/// @param topics what the run's events are published to, its own first
/// @param ids what the run's events carry beside `run_id` and `agent_id`
/// @param attempt 1 unless it was offered before, to this worker or another, who did not begin it
/// @param input one JSON value
public record RunRequest(
    String id,
    String agent,
    String user,
    List<String> topics,
    Map<IdField, String> ids,
    int attempt,
    String input) {}
