/// HTTP/1.1: the listener, one request at a time, routing, the Origin policy and static pages.
///
/// - A connection has one request in progress; what a peer pipelines stays unparsed until that one
///   is answered, and then reading goes on. So answers keep their order, and a request may hand its
///   connection, with every byte behind it, to another protocol ([Exchange#takeOver]).
/// - A request that RFC 9112 calls malformed, or that two parsers could read differently, is
///   refused and ends its connection. Every refusal has a counter. Header values are never logged.
/// - Endpoints run on the channel's event loop and may answer later, from that loop. They know
///   [Exchange], not Netty's pipeline; [Router] and [OriginPolicy] are values shared by all loops.
@NullMarked
package io.pushrod.server.http;

import org.jspecify.annotations.NullMarked;
