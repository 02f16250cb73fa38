/// Engine.IO, revision 4 of its protocol: packets, and the payloads that carry several of them over
/// HTTP.
///
/// - A text packet is a digit and its data; a binary one is a message without a digit, in base64
///   behind a `b` wherever only text can stand.
/// - Pure functions over bytes: whoever calls them bounds the bytes, and nothing grows beyond them.
@NullMarked
package io.pushrod.codec.engineio;

import org.jspecify.annotations.NullMarked;
