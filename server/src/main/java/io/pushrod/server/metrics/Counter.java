package io.pushrod.server.metrics;

import org.jspecify.annotations.Nullable;

/// One monotonic count: metric name, at most one label, help text. Constants with one name share
/// help and label name.
public enum Counter {
  EVENTS_APPENDED("pushrod_events_appended_total", "Events that got a sequence in a topic's log."),
  SIGNALS("pushrod_signals_total", "Signals published; they are relayed, not stored."),
  TOPICS_LOST(
      "pushrod_topics_lost_total",
      "Topics that were read here whose stored log had become another one."),
  DUPLICATES("pushrod_publish_duplicates_total", "Publications answered from an earlier one."),
  DISK_COMMITS("pushrod_disk_commits_total", "Batches that were written to the disk."),
  DISK_COMMIT_BYTES("pushrod_disk_commit_bytes_total", "Bytes of these batches."),
  DISK_COMMIT_MICROS(
      "pushrod_disk_commit_microseconds_total",
      "How long these batches took to be written, and synced where that was asked for."),
  DISK_FAILURES(
      "pushrod_disk_failures_total", "Reads and writes that the disk refused; tried again."),
  DISK_OPENS("pushrod_disk_opens_total", "Topics that were looked up on the disk."),
  DISK_READS("pushrod_disk_reads_total", "Pages that were read from the disk."),
  DISK_EVENTS_TRIMMED(
      "pushrod_disk_events_trimmed_total", "Events that retention dropped from the disk."),
  DISK_TOPICS_FORGOTTEN(
      "pushrod_disk_topics_forgotten_total",
      "Topics deleted from the disk since nothing was left of them."),
  DELIVERIES("pushrod_deliveries_total", "Events times readers handed to a socket."),

  SOCKET_WRITES("pushrod_socket_writes_total", "Write calls on client sockets."),
  BYTES_WRITTEN("pushrod_written_bytes_total", "Bytes handed to client sockets."),
  SOCKET_PUSHBACKS(
      "pushrod_socket_pushbacks_total", "Writes that a full socket took only in part."),
  RING_SUBMITS(
      "pushrod_ring_submits_total", "System calls that made many writes on client sockets."),
  RING_FALLBACKS(
      "pushrod_ring_fallbacks_total",
      "Writes that such a call left out, so that each was made alone."),

  GAPS_TRIMMED("pushrod_gaps_total", "reason", "trimmed", Help.GAPS),
  GAPS_OVERFLOW("pushrod_gaps_total", "reason", "overflow", Help.GAPS),
  GAPS_EPOCH("pushrod_gaps_total", "reason", "epoch", Help.GAPS),

  DROPPED_OLDEST("pushrod_events_dropped_total", "policy", "drop_oldest", Help.DROPPED),
  DROPPED_NEWEST("pushrod_events_dropped_total", "policy", "drop_newest", Help.DROPPED),
  DROPPED_SIGNALS("pushrod_events_dropped_total", "policy", "signal", Help.DROPPED),
  EVENTS_FOLDED("pushrod_events_folded_total", "Events that a reader got inside a folded one."),
  SLOW_CONSUMER_DISCONNECTS(
      "pushrod_slow_consumer_disconnects_total", "Connections ended because their reader lagged."),

  SUBSCRIPTIONS_OPENED("pushrod_subscriptions_opened_total", "Subscriptions that began."),
  SUBSCRIPTIONS_CLOSED("pushrod_subscriptions_closed_total", "Subscriptions that ended."),
  EVENTS_TRIMMED("pushrod_events_trimmed_total", "Events that retention dropped."),
  REPLAYS("pushrod_replays_total", "Subscriptions that began behind the end of their log."),

  COMMANDS("pushrod_commands_total", "Commands of clients."),
  COMMAND_ERRORS("pushrod_command_errors_total", "Commands answered with an error."),

  AUTH_ACCEPTED("pushrod_auth_accepted_total", "Tokens accepted."),
  AUTH_MISSING("pushrod_auth_refused_total", "reason", "missing", Help.REFUSED),
  AUTH_MALFORMED("pushrod_auth_refused_total", "reason", "malformed", Help.REFUSED),
  AUTH_ALGORITHM("pushrod_auth_refused_total", "reason", "algorithm", Help.REFUSED),
  AUTH_UNKNOWN_KEY("pushrod_auth_refused_total", "reason", "unknown_key", Help.REFUSED),
  AUTH_SIGNATURE("pushrod_auth_refused_total", "reason", "signature", Help.REFUSED),
  AUTH_EXPIRED("pushrod_auth_refused_total", "reason", "expired", Help.REFUSED),
  AUTH_NOT_YET_VALID("pushrod_auth_refused_total", "reason", "not_yet_valid", Help.REFUSED),
  AUTH_ISSUER("pushrod_auth_refused_total", "reason", "issuer", Help.REFUSED),
  AUTH_AUDIENCE("pushrod_auth_refused_total", "reason", "audience", Help.REFUSED),
  AUTH_CLAIMS("pushrod_auth_refused_total", "reason", "claims", Help.REFUSED),
  AUTH_REVOKED("pushrod_auth_refused_total", "reason", "revoked", Help.REFUSED),
  AUTH_UNAVAILABLE("pushrod_auth_refused_total", "reason", "unavailable", Help.REFUSED),
  AUTH_GRANT("pushrod_auth_refused_total", "reason", "grant", Help.REFUSED),
  AUTH_KILL_SWITCH("pushrod_auth_refused_total", "reason", "kill_switch", Help.REFUSED),
  AUTH_FILES_FAILED(
      "pushrod_auth_files_failed_total",
      "Times a file of API keys, revocations or kill switches could not be read or written."),
  TOKEN_WARNINGS("pushrod_token_warnings_total", "Connections told that their token expires."),

  JWKS_OK("pushrod_jwks_fetches_total", "result", "ok", Help.JWKS),
  JWKS_TIMEOUT("pushrod_jwks_fetches_total", "result", "timeout", Help.JWKS),
  JWKS_UNREACHABLE("pushrod_jwks_fetches_total", "result", "unreachable", Help.JWKS),
  JWKS_STATUS("pushrod_jwks_fetches_total", "result", "status", Help.JWKS),
  JWKS_TOO_LARGE("pushrod_jwks_fetches_total", "result", "too_large", Help.JWKS),
  JWKS_MALFORMED("pushrod_jwks_fetches_total", "result", "malformed", Help.JWKS),
  JWKS_NO_KEYS("pushrod_jwks_fetches_total", "result", "no_keys", Help.JWKS),

  LIMIT_EVENT_BYTES("pushrod_limit_hits_total", "limit", "event_bytes", Help.LIMITS),
  LIMIT_CLIENT_FRAME_BYTES("pushrod_limit_hits_total", "limit", "client_frame_bytes", Help.LIMITS),
  LIMIT_CLIENT_FRAGMENTS("pushrod_limit_hits_total", "limit", "client_fragments", Help.LIMITS),
  LIMIT_OUTBOX_BYTES("pushrod_limit_hits_total", "limit", "outbox_bytes", Help.LIMITS),
  LIMIT_OUTBOX_ENTRIES("pushrod_limit_hits_total", "limit", "outbox_entries", Help.LIMITS),
  LIMIT_SUBSCRIPTIONS_PER_CONNECTION(
      "pushrod_limit_hits_total", "limit", "subscriptions_per_connection", Help.LIMITS),
  LIMIT_STORAGE("pushrod_limit_hits_total", "limit", "storage", Help.LIMITS),
  LIMIT_REFUSE_AFTER("pushrod_limit_hits_total", "limit", "refuse_after", Help.LIMITS),
  LIMIT_PUBLISH_BODY_BYTES("pushrod_limit_hits_total", "limit", "publish_body_bytes", Help.LIMITS),
  LIMIT_HEADER_BYTES("pushrod_limit_hits_total", "limit", "header_bytes", Help.LIMITS),
  LIMIT_HEADERS("pushrod_limit_hits_total", "limit", "headers", Help.LIMITS),
  LIMIT_INGEST_FRAME_BYTES("pushrod_limit_hits_total", "limit", "ingest_frame_bytes", Help.LIMITS),
  LIMIT_INGEST_WINDOW("pushrod_limit_hits_total", "limit", "ingest_window", Help.LIMITS),
  LIMIT_CONSUME_PATTERNS("pushrod_limit_hits_total", "limit", "consume_patterns", Help.LIMITS),
  LIMIT_INBOX_ENTRIES("pushrod_limit_hits_total", "limit", "inbox_entries", Help.LIMITS),
  LIMIT_HISTORY_PAGE_EVENTS(
      "pushrod_limit_hits_total", "limit", "history_page_events", Help.LIMITS),
  LIMIT_RETENTION_BYTES("pushrod_limit_hits_total", "limit", "retention_bytes", Help.LIMITS),
  LIMIT_RETENTION_EVENTS("pushrod_limit_hits_total", "limit", "retention_events", Help.LIMITS),
  LIMIT_RETENTION_AGE("pushrod_limit_hits_total", "limit", "retention_age", Help.LIMITS),
  LIMIT_MEMORY_BUDGET("pushrod_limit_hits_total", "limit", "memory_budget", Help.LIMITS),
  LIMIT_TOKEN_BYTES("pushrod_limit_hits_total", "limit", "token_bytes", Help.LIMITS),
  LIMIT_PIPELINED_REQUESTS("pushrod_limit_hits_total", "limit", "pipelined_requests", Help.LIMITS),
  LIMIT_TOPICS_PER_PUBLISH("pushrod_limit_hits_total", "limit", "topics_per_publish", Help.LIMITS),
  LIMIT_RUN_INPUT_BYTES("pushrod_limit_hits_total", "limit", "run_input_bytes", Help.LIMITS),
  LIMIT_SURFACE_SESSIONS("pushrod_limit_hits_total", "limit", "surface_sessions", Help.LIMITS),
  LIMIT_SURFACE_CONVERSATIONS(
      "pushrod_limit_hits_total", "limit", "surface_conversations", Help.LIMITS),
  LIMIT_SURFACE_CONNECTIONS(
      "pushrod_limit_hits_total", "limit", "surface_connections", Help.LIMITS),
  LIMIT_MESSAGE_CHARS("pushrod_limit_hits_total", "limit", "message_chars", Help.LIMITS),
  LIMIT_MESSAGE_BYTES("pushrod_limit_hits_total", "limit", "message_bytes", Help.LIMITS),
  LIMIT_PRESENCE_MEMBERS(
      "pushrod_limit_hits_total", "limit", "presence_members_per_topic", Help.LIMITS),
  LIMIT_PRESENCE_STATE_BYTES(
      "pushrod_limit_hits_total", "limit", "presence_state_bytes", Help.LIMITS),
  LIMIT_PRESENCE_PAGE_MEMBERS(
      "pushrod_limit_hits_total", "limit", "presence_page_members", Help.LIMITS),
  LIMIT_VALIDATION_STEPS("pushrod_limit_hits_total", "limit", "validation_steps", Help.LIMITS),
  LIMIT_REVOCATIONS("pushrod_limit_hits_total", "limit", "revocation_entries", Help.LIMITS),

  MEMORY_HIGH("pushrod_memory_shortages_total", "level", "high", Help.PRESSURE),
  MEMORY_SEVERE("pushrod_memory_shortages_total", "level", "severe", Help.PRESSURE),
  MEMORY_FULL("pushrod_memory_shortages_total", "level", "full", Help.PRESSURE),

  QUOTA_CONNECTIONS("pushrod_quota_hits_total", "quota", "connections", Help.QUOTAS),
  QUOTA_CONNECTIONS_PER_USER(
      "pushrod_quota_hits_total", "quota", "connections_per_user", Help.QUOTAS),
  QUOTA_CONNECTIONS_PER_TENANT(
      "pushrod_quota_hits_total", "quota", "connections_per_tenant", Help.QUOTAS),
  QUOTA_CONNECTIONS_PER_ADDRESS(
      "pushrod_quota_hits_total", "quota", "connections_per_address", Help.QUOTAS),
  QUOTA_ACCEPTS("pushrod_quota_hits_total", "quota", "accepts_per_second", Help.QUOTAS),
  QUOTA_ACCEPTS_PER_ADDRESS(
      "pushrod_quota_hits_total", "quota", "accepts_per_second_per_address", Help.QUOTAS),
  QUOTA_PUBLISHES("pushrod_quota_hits_total", "quota", "publish_per_second", Help.QUOTAS),
  QUOTA_TOPICS("pushrod_quota_hits_total", "quota", "topics_per_tenant", Help.QUOTAS),
  QUOTA_SENDS_BURST("pushrod_quota_hits_total", "quota", "sends_burst", Help.QUOTAS),
  QUOTA_SENDS_HOURLY("pushrod_quota_hits_total", "quota", "sends_hourly", Help.QUOTAS),
  QUOTA_KILL_SWITCHES("pushrod_quota_hits_total", "quota", "kill_switches_per_tenant", Help.QUOTAS),

  DRAIN_TOLD("pushrod_drain_told_total", "Readers that got everything and were told to go."),
  DRAIN_CUT("pushrod_drain_cut_total", "Readers that still lagged when the drain's time was over."),
  DRAIN_REFUSED("pushrod_drain_refused_total", "Requests and publications refused by a drain."),

  COMPRESSED_EVENTS(
      "pushrod_compressed_events_total", "Events compressed, each once for all that share it."),
  COMPRESSED_FROM("pushrod_compression_bytes_total", "side", "before", Help.COMPRESSION),
  COMPRESSED_TO("pushrod_compression_bytes_total", "side", "after", Help.COMPRESSION),
  COMPRESSION_BOMBS(
      "pushrod_compression_bombs_total",
      "Compressed messages of clients that grew beyond limits.client_frame_bytes."),

  RUNS_STARTED("pushrod_runs_started_total", "Runs started."),
  RUNS_COMPLETED("pushrod_runs_ended_total", "status", "completed", Help.RUNS_ENDED),
  RUNS_FAILED("pushrod_runs_ended_total", "status", "failed", Help.RUNS_ENDED),
  RUNS_CANCELLED("pushrod_runs_ended_total", "status", "cancelled", Help.RUNS_ENDED),
  RUNS_TIMED_OUT("pushrod_runs_ended_total", "status", "timed_out", Help.RUNS_ENDED),
  WORK_OFFERED("pushrod_work_offers_total", "Requests offered to workers."),
  LEASES_FENCED("pushrod_leases_fenced_total", "Times a worker spoke under a lease that was over."),
  MESSAGES_DELIVERED("pushrod_messages_total", "result", "delivered", Help.MESSAGES),
  MESSAGES_UNDELIVERED("pushrod_messages_total", "result", "undelivered", Help.MESSAGES),
  LIMIT_QUEUE_REQUESTS("pushrod_limit_hits_total", "limit", "queue_requests", Help.LIMITS),
  LIMIT_QUEUE_BYTES("pushrod_limit_hits_total", "limit", "queue_bytes", Help.LIMITS),
  LIMIT_VIEWERS_PER_RUN("pushrod_limit_hits_total", "limit", "viewers_per_run", Help.LIMITS),
  LIMIT_CONNECTIONS_PER_TOPIC(
      "pushrod_limit_hits_total", "limit", "connections_per_topic", Help.LIMITS),
  QUOTA_RUNS_PER_TENANT("pushrod_quota_hits_total", "quota", "active_per_tenant", Help.QUOTAS),
  QUOTA_RUNS_PER_USER("pushrod_quota_hits_total", "quota", "active_per_user", Help.QUOTAS),
  QUOTA_RUN_STARTS("pushrod_quota_hits_total", "quota", "starts_per_second", Help.QUOTAS),

  ASSETS_STORED("pushrod_assets_stored_total", "Assets that were put in their place."),
  ASSETS_REMOVED("pushrod_assets_removed_total", "Assets that were removed."),
  ASSET_UPLOADS_CUT("pushrod_asset_uploads_cut_total", "Uploads that ended half way."),
  ASSETS_UNANNOUNCED(
      "pushrod_assets_unannounced_total", "Assets whose event no log of their topics took."),
  ASSET_STORE_FAILED("pushrod_asset_store_failed_total", "Times the store of assets did not work."),
  LIMIT_ASSET_BYTES("pushrod_limit_hits_total", "limit", "asset_bytes", Help.LIMITS),
  LIMIT_ASSET_FILES("pushrod_limit_hits_total", "limit", "asset_files_per_upload", Help.LIMITS),
  LIMIT_ASSET_FORMS("pushrod_limit_hits_total", "limit", "asset_form", Help.LIMITS),
  LIMIT_ASSET_TYPES("pushrod_limit_hits_total", "limit", "asset_types", Help.LIMITS),
  LIMIT_ASSET_TRANSFERS_PER_TENANT(
      "pushrod_limit_hits_total", "limit", "asset_transfers_per_tenant", Help.LIMITS),
  LIMIT_ASSET_TRANSFERS("pushrod_limit_hits_total", "limit", "asset_transfers", Help.LIMITS),
  QUOTA_ASSETS("pushrod_quota_hits_total", "quota", "assets_per_tenant", Help.QUOTAS),
  DEGRADED_TOLD(
      "pushrod_degraded_told_total",
      "Connections told that events cannot be stored, or can be again."),
  REDIS_CALLS("pushrod_redis_calls_total", "Calls that append to a topic in Redis."),
  REDIS_CALL_RECORDS("pushrod_redis_call_records_total", "Events and declarations in such calls."),
  REDIS_RETRIES(
      "pushrod_redis_retries_total", "Times such a call failed, or stayed without an answer."),
  REDIS_TIMEOUTS(
      "pushrod_redis_timeouts_total",
      "Events without a producer's sequence that Redis took too long for."),
  REDIS_NOTIFICATIONS(
      "pushrod_redis_notifications_total", "Notifications of topics that are followed."),
  REDIS_HOLES(
      "pushrod_redis_holes_total", "Times events were read that no notification had brought."),
  REDIS_DIVERGENCES(
      "pushrod_redis_divergences_total",
      "Times a followed topic had lost events, so that it got another epoch."),
  REDIS_FAULT_UNKNOWN("pushrod_redis_faults_total", "fault", "no_answer", Help.REDIS_FAULTS),
  REDIS_FAULT_NOT_NOW("pushrod_redis_faults_total", "fault", "not_now", Help.REDIS_FAULTS),
  REDIS_FAULT_NO_PRIMARY("pushrod_redis_faults_total", "fault", "no_primary", Help.REDIS_FAULTS),
  REDIS_FAULT_OUT_OF_MEMORY(
      "pushrod_redis_faults_total", "fault", "out_of_memory", Help.REDIS_FAULTS),
  REDIS_FAULT_NOT_SAFE("pushrod_redis_faults_total", "fault", "not_safe", Help.REDIS_FAULTS),
  REDIS_FAULT_FORBIDDEN("pushrod_redis_faults_total", "fault", "forbidden", Help.REDIS_FAULTS),
  REDIS_FAULT_BROKEN("pushrod_redis_faults_total", "fault", "broken", Help.REDIS_FAULTS),
  RELAY_MESSAGES("pushrod_relay_messages_total", "Messages of Redis channels and streams read."),
  RELAY_MALFORMED("pushrod_relay_dropped_total", "reason", "malformed", Help.RELAY_DROPPED),
  RELAY_TOO_LARGE("pushrod_relay_dropped_total", "reason", "too_large", Help.RELAY_DROPPED),
  RELAY_UNREAD("pushrod_relay_dropped_total", "reason", "unread", Help.RELAY_DROPPED),
  RELAY_ENDED("pushrod_relay_dropped_total", "reason", "ended", Help.RELAY_DROPPED),
  RELAY_KNOWN("pushrod_relay_dropped_total", "reason", "known", Help.RELAY_DROPPED),
  RELAY_REFUSED("pushrod_relay_dropped_total", "reason", "refused", Help.RELAY_DROPPED),
  RELAY_NO_ROOM("pushrod_relay_dropped_total", "reason", "queue_bytes", Help.RELAY_DROPPED),
  RELAY_HOLES(
      "pushrod_relay_holes_total",
      "Numbers of a run's events that neither its channel nor its stream had."),
  RELAY_CONNECTED("pushrod_relay_connects_total", "result", "ok", Help.RELAY_CONNECTS),
  RELAY_UNREACHABLE("pushrod_relay_connects_total", "result", "failed", Help.RELAY_CONNECTS),
  RELAY_LOST("pushrod_relay_losses_total", "Connections to Redis that broke."),
  RELAY_REPAIRS(
      "pushrod_relay_repairs_total",
      "Channels that were not subscribed, or not any more, though they should have been."),
  BUS_SENT("pushrod_cluster_messages_sent_total", "Messages sent to other servers."),
  BUS_RECEIVED("pushrod_cluster_messages_received_total", "Messages of other servers."),
  BUS_DROPPED(
      "pushrod_cluster_messages_dropped_total",
      "Messages for other servers that could not be sent: Redis was away, or too many waited."),
  BUS_LOST(
      "pushrod_cluster_losses_total",
      "Times another server's messages were missed, and what they told was asked for again."),
  BUS_MALFORMED("pushrod_cluster_malformed_total", "Messages of other servers that are none."),
  BUS_LIVES(
      "pushrod_cluster_lives_total", "Times the other servers took this one for gone by mistake."),
  CLUSTER_PRESENCE_LOCAL(
      "pushrod_cluster_presence_local_total",
      "Answers about who is on a topic that know of this server alone, as Redis was away."),
  CLUSTER_SWITCHES(
      "pushrod_cluster_kill_switches_total", "Kill switches that other servers set or lifted."),
  CLUSTER_REVOCATIONS(
      "pushrod_cluster_revocations_total",
      "Revocations that other servers were told of, or took back."),
  LIMIT_RELAY_CHANNELS("pushrod_limit_hits_total", "limit", "relay_channels", Help.LIMITS),

  HEARTBEATS_SENT("pushrod_heartbeats_sent_total", "Pings and heartbeat comments sent."),
  PONGS_MISSED("pushrod_pongs_missed_total", "Pings that went unanswered."),
  SOCKETIO_SESSIONS_OPENED("pushrod_socketio_sessions_opened_total", "Engine.IO sessions opened."),
  SOCKETIO_SESSIONS_CLOSED(
      "pushrod_socketio_sessions_closed_total", "Engine.IO sessions that ended."),
  SOCKETIO_UPGRADES(
      "pushrod_socketio_upgrades_total", "Sessions that went from polling to WebSocket."),
  SOCKETIO_EVENTS("pushrod_socketio_events_total", "Events that Socket.IO clients sent."),
  SOCKETIO_REFUSED("pushrod_socketio_refused_total", "Clients that may not join a namespace."),
  SOCKETIO_RECOVERED("pushrod_socketio_recoveries_total", "result", "recovered", Help.RECOVERIES),
  SOCKETIO_NOT_RECOVERED("pushrod_socketio_recoveries_total", "result", "unknown", Help.RECOVERIES),
  LIMIT_SOCKETIO_MAX_PAYLOAD(
      "pushrod_limit_hits_total", "limit", "socketio_max_payload", Help.LIMITS),
  LIMIT_SOCKETIO_SESSIONS("pushrod_limit_hits_total", "limit", "socketio_sessions", Help.LIMITS),
  LIMIT_SOCKETIO_ATTACHMENTS(
      "pushrod_limit_hits_total", "limit", "socketio_attachments", Help.LIMITS),
  LIMIT_SOCKETIO_RECOVERY_SOCKETS(
      "pushrod_limit_hits_total", "limit", "socketio_recovery_sockets", Help.LIMITS),
  INGEST_FRAMES("pushrod_ingest_frames_total", "Frames read on the ingest port."),

  HTTP_REQUESTS("pushrod_http_requests_total", "Complete HTTP requests."),
  HTTP_BAD_HEAD("pushrod_http_malformed_total", "part", "head", Help.MALFORMED),
  HTTP_BAD_HOST("pushrod_http_malformed_total", "part", "host", Help.MALFORMED),
  HTTP_BAD_VERSION("pushrod_http_malformed_total", "part", "version", Help.MALFORMED),
  HTTP_BAD_FRAMING("pushrod_http_malformed_total", "part", "framing", Help.MALFORMED),
  HTTP_BAD_EXPECT("pushrod_http_malformed_total", "part", "expect", Help.MALFORMED),
  HTTP_BAD_TARGET("pushrod_http_malformed_total", "part", "target", Help.MALFORMED),
  HTTP_BAD_BODY("pushrod_http_malformed_total", "part", "body", Help.MALFORMED),
  HTTP_ORIGIN_REFUSED("pushrod_http_origin_refused_total", "Requests from an Origin not allowed."),

  SCHEMA_REJECTED("pushrod_schema_violations_total", "action", "reject", Help.SCHEMA),
  SCHEMA_WARNED("pushrod_schema_violations_total", "action", "warn", Help.SCHEMA),

  DESK_LINK_RESETS(
      "pushrod_desk_link_resets_total",
      "Times that what was under way to another server's desks or workers was given up."),
  DESK_MESSAGES_MALFORMED(
      "pushrod_desk_messages_malformed_total",
      "Messages of other servers about runs that could not be read."),
  RUNS_FENCED(
      "pushrod_runs_fenced_total",
      "Records of runs that were not stored, because another server has their desk."),
  DESK_TIMEOUTS(
      "pushrod_desk_timeouts_total", "Wishes that the desk on another server did not answer."),

  PEER_RESETS("pushrod_peer_resets_total", "Connections that the peer reset."),
  INTERNAL_ERRORS("pushrod_internal_errors_total", "Bugs caught; each is logged with its stack.");

  private final String metric;
  private final @Nullable String labelName;
  private final @Nullable String labelValue;
  private final String help;

  Counter(String metric, String help) {
    this(metric, null, null, help);
  }

  Counter(String metric, @Nullable String labelName, @Nullable String labelValue, String help) {
    this.metric = metric;
    this.labelName = labelName;
    this.labelValue = labelValue;
    this.help = help;
  }

  /// The metric's name, with `_total`.
  public String metric() {
    return metric;
  }

  public @Nullable String labelName() {
    return labelName;
  }

  public @Nullable String labelValue() {
    return labelValue;
  }

  public String help() {
    return help;
  }

  /// Help texts of metrics that have several constants.
  private static final class Help {
    static final String SCHEMA = "Events whose data breaks the schema of their type.";
    static final String RUNS_ENDED = "Runs that ended.";
    static final String MESSAGES = "Messages that a worker took, or that none did.";
    static final String RECOVERIES = "Socket.IO clients that came back for what they missed.";
    static final String REDIS_FAULTS = "Commands for topics that Redis did not do, by why.";
    static final String RELAY_DROPPED = "Messages of Redis that became no event.";
    static final String RELAY_CONNECTS = "Attempts to connect to a Redis.";
    static final String GAPS = "Gaps told to readers.";
    static final String DROPPED = "Events left out for a reader that lagged.";
    static final String REFUSED = "Credentials refused.";
    static final String JWKS = "Fetches of issuers' key sets.";
    static final String LIMITS = "Times a configured limit was reached.";
    static final String COMPRESSION = "Bytes of events before and after they were compressed.";
    static final String PRESSURE = "Times the memory budget was used up to a level.";
    static final String QUOTAS =
        "Times a quota of all, a tenant, a user or an address was used up.";
    static final String MALFORMED = "HTTP requests that break RFC 9112 or that we refuse to guess.";
  }
}
