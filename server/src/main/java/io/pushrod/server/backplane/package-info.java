/// The Redis or Valkey that many servers share: what is true is there, and servers hold copies.
///
/// Invariants:
///
/// - Everything of one topic lies in one hash slot, so that one script changes all of it or
///   nothing.
/// - What a command did is known or asked again until it is: scripts give a repetition the answer
///   of the first.
/// - A notification is a hint. What it did not bring is found by looking at the sequence, and read.
/// - A URL, which may hold a password, and a payload reach neither a log nor an error.
/// - Nothing of this package, and nothing of Redis, is loaded with another backend.
@NullMarked
package io.pushrod.server.backplane;

import org.jspecify.annotations.NullMarked;
