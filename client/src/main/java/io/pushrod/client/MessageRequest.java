package io.pushrod.client;

import io.pushrod.codec.IdField;
import java.util.Map;

/// Something that a client sent to an inbox. It comes at least once: a worker that gets the same
/// `id` again has lost the answer to the first.
///
/// @param inbox the topic to which it was sent
/// @param user who sent it; empty when the credential names none
/// @param payload one JSON value
public record MessageRequest(
    String id, String inbox, String user, Map<IdField, String> ids, String payload) {}
