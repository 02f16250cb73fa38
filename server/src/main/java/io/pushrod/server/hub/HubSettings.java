package io.pushrod.server.hub;

import io.pushrod.server.log.Retention;
import io.pushrod.server.presence.PresenceSettings;
import io.pushrod.server.session.SocketWriter;

/// The bounds of the core; each is a configuration key.
///
/// @param retention how much history a topic keeps
/// @param env the deployment's name in every event
/// @param producersPerTopic how many producers a log remembers
/// @param inboxEntries batches that may wait for a shard
/// @param outboxEntries control frames that may wait for a connection
/// @param outboxBytes bytes that may wait for a connection, and how far a reader may lag under a
///   dropping policy
/// @param foldThresholdBytes a reader that lags by more gets its deltas folded
/// @param writer writes to the sockets of whatever transport runs
/// @param writeProgressNanos a connection that takes no byte for longer is closed
/// @param readership which topics exist only for their declared readers
/// @param presence who counts as being on a topic
public record HubSettings(
    Retention retention,
    String env,
    int producersPerTopic,
    int inboxEntries,
    int outboxEntries,
    long outboxBytes,
    long foldThresholdBytes,
    long writeProgressNanos,
    SocketWriter writer,
    Readership readership,
    PresenceSettings presence) {

  /// Without topics on which anybody counts.
  public HubSettings(
      Retention retention,
      String env,
      int producersPerTopic,
      int inboxEntries,
      int outboxEntries,
      long outboxBytes,
      long foldThresholdBytes,
      long writeProgressNanos,
      SocketWriter writer,
      Readership readership) {
    this(
        retention,
        env,
        producersPerTopic,
        inboxEntries,
        outboxEntries,
        outboxBytes,
        foldThresholdBytes,
        writeProgressNanos,
        writer,
        readership,
        PresenceSettings.NONE);
  }
}
