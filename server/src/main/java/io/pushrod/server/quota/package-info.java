/// What all together, a tenant, a user and an address may take: connections, accepts, publications.
///
/// - Counts are exact: a place is taken before what needs it begins, and given back once, however
///   it ends. What counts nothing any more is forgotten.
/// - A bound of 0 is none, and costs nothing.
/// - Shared by all shards; no lock is held longer than one map operation.
@NullMarked
package io.pushrod.server.quota;

import org.jspecify.annotations.NullMarked;
