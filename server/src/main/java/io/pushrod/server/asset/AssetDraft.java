package io.pushrod.server.asset;

import org.jspecify.annotations.Nullable;

/// A file that is about to come.
///
/// @param name as it was sent: hostile
/// @param contentType as it was sent; null or empty for none
/// @param user who sends it; empty for nobody known
/// @param run the run that it belongs to; empty for none
/// @param thread the thread that it belongs to; empty for none
/// @param dataset where it goes; null for an id of its own
public record AssetDraft(
    String name,
    @Nullable String contentType,
    String user,
    String run,
    String thread,
    @Nullable AssetPath dataset) {}
