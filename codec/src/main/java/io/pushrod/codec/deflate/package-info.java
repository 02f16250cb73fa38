/// Deflate (RFC 1951) in blocks that stand alone: each may follow any other, so streams of many
/// readers may share them.
///
/// - What a writer appends ends on a byte boundary, and everything before that can be inflated.
/// - No block refers to anything before the call that wrote it.
@NullMarked
package io.pushrod.codec.deflate;

import org.jspecify.annotations.NullMarked;
