package io.pushrod.server.metrics;

import org.jspecify.annotations.Nullable;

/// One monotonic count: metric name, at most one label, help text. Constants with one name share
/// help and label name.
public enum Counter {
  EVENTS_APPENDED("pushrod_events_appended_total", "Events that got a sequence in a topic's log."),
  SIGNALS("pushrod_signals_total", "Signals published; they are relayed, not stored."),
  DUPLICATES("pushrod_publish_duplicates_total", "Publications answered from an earlier one."),
  DELIVERIES("pushrod_deliveries_total", "Events times readers handed to a socket."),

  SOCKET_WRITES("pushrod_socket_writes_total", "Write calls on client sockets."),
  BYTES_WRITTEN("pushrod_written_bytes_total", "Bytes handed to client sockets."),
  SOCKET_PUSHBACKS(
      "pushrod_socket_pushbacks_total", "Writes that a full socket took only in part."),

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
  AUTH_FILES_FAILED(
      "pushrod_auth_files_failed_total",
      "Times the file of API keys or of revocations could not be read or written."),
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
  LIMIT_PUBLISH_BODY_BYTES("pushrod_limit_hits_total", "limit", "publish_body_bytes", Help.LIMITS),
  LIMIT_HEADER_BYTES("pushrod_limit_hits_total", "limit", "header_bytes", Help.LIMITS),
  LIMIT_HEADERS("pushrod_limit_hits_total", "limit", "headers", Help.LIMITS),
  LIMIT_INGEST_FRAME_BYTES("pushrod_limit_hits_total", "limit", "ingest_frame_bytes", Help.LIMITS),
  LIMIT_INGEST_WINDOW("pushrod_limit_hits_total", "limit", "ingest_window", Help.LIMITS),
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

  HEARTBEATS_SENT("pushrod_heartbeats_sent_total", "Pings and heartbeat comments sent."),
  PONGS_MISSED("pushrod_pongs_missed_total", "Pings that went unanswered."),
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
