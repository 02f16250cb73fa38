/// JSON as bytes: checked strictly once, then walked and cut without being decoded.
///
/// - What [JsonScanner#check] lets through is RFC 8259 and UTF-8 to the letter; everything else
///   here trusts that.
/// - Nothing is re-serialized, so numbers of any size, escapes and the order of members survive.
/// - No method moves a reader index, and none recurses: depth is bounded by
///   [JsonScanner#MAX_DEPTH].
@NullMarked
package io.pushrod.codec.json;

import org.jspecify.annotations.NullMarked;
