package io.pushrod.server.quota;

/// What addresses, users and tenants may take of one server.
public record Quotas(SocketSeats sockets, UserSeats users, PublishRates rates) {}
