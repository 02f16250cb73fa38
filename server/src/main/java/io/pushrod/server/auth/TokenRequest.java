package io.pushrod.server.auth;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a new token shall say, under the standard names of the claims.
///
/// @param own topics whose readers it may declare and whose inboxes it may take; left out when
///   empty
/// @param tenants tenants that a service may act for besides `tenant`; left out when empty
/// @param timeToLive null for a token that never expires
public record TokenRequest(
    String tenant,
    String user,
    List<String> roles,
    List<String> topics,
    List<String> publish,
    List<String> own,
    List<String> tenants,
    @Nullable Duration timeToLive) {}
